//! What becomes of a WebSocket whose document or worker comes to its end (HTML and WebSockets Standards).

use super::value::{Named, Value, Values, values};
use core::fmt;

values! {
    /// What becomes of the WebSockets of a document that is to be cached.
    BackForwardCache {
        /// They disappear, and if that made a difference, the document is not cached.
        Evict = "evict",
        /// They are failed, and the document is cached.
        Disconnect = "disconnect",
    }
}

values! {
    /// What a connection says that is failed because its document is cached.
    UnloadWire {
        /// Nothing: the end of TCP without a Close.
        Nothing = "nothing",
        /// A Close with 1001.
        GoingAway = "1001",
        /// A Close with 1001 and WebKit's words for it.
        Words = "1001-words",
    }
}

impl UnloadWire {
    /// What WebKit says.
    pub(crate) const WORDS: &str = "WebSocket is closed due to suspension.";
}

values! {
    /// What becomes of the connections of a worker that has ended.
    WorkerEnd {
        /// A Close with 1001, as for a document.
        GoingAway = "1001",
        /// A Close without a status code, as for an object that is collected.
        Empty = "empty",
        /// The end of TCP without a Close.
        Abrupt = "abrupt",
        /// Each of the three: which one is a choice.
        Any = "any",
    }
}
