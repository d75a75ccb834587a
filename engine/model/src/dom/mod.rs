//! DOM objects: events, event targets and WebSocket, each with the algorithms of its standard.
//!
//! Nothing here runs script: a dispatch yields the listener to call, a method says what it decided, and the world
//! carries it out.

pub mod convert;
mod dispatch;
mod event;
mod event_target;
mod url;
mod value;
pub mod web_socket;

pub use dispatch::{Dispatch, Invocation};
pub use event::{EVENTS_MAX, Event, EventId, Events};
pub use event_target::{LISTENERS_MAX, Listeners};
pub use url::{Address, is_bad_port, is_forbidden_host, parse_url};
pub use value::{JsString, Primitive, Value};
pub use web_socket::WebSocket;
