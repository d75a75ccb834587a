//! What a page does: functions that are called as scripts, listeners, microtasks and timers.

mod call;
mod scripted;

pub use crate::dom::{JsString, Primitive, Value};
pub use call::{Call, CloseEventInit, Data, MadeBy, NewEvent, Receiver};
pub use scripted::{Activation, Page, Script, Scripted, Turn};
