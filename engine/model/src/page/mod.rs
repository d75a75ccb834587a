//! What a page does: functions that are called as scripts, listeners, microtasks and timers.

mod call;
mod scripted;

pub use call::{Call, CloseEventInit, Data, JsString, NewEvent, Primitive, Receiver, Value};
pub use scripted::{Activation, Page, Script, Scripted, Turn};
