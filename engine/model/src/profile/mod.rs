//! Knobs: what an implementation picks once and stays with, because texts contradict each other or leave it open.
//!
//! A profile is a named set of knob values. A choice that is made anew in every run is not here but in
//! [`choices`](crate::choices).

mod fault;

use core::fmt;

pub use fault::{Fault, Layer};

/// Declares a knob: an enum with its values, each with the name that scenario files and tables use.
macro_rules! knob {
    ($(#[$about:meta])* $name:ident { $($(#[$value_about:meta])* $value:ident = $text:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub enum $name {
            $($(#[$value_about])* #[cfg_attr(feature = "serde", serde(rename = $text))] $value),+
        }

        impl $name {
            /// The values and their names, in the order of their declaration.
            pub const VALUES: &[(Self, &str)] = &[$((Self::$value, $text)),+];

            /// The name of the value.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$value => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

knob! {
    /// What a loss of the transport means for the page.
    Loss {
        /// The connection is closed, not failed: `close` only.
        Drop = "drop",
        /// The connection is failed: `error`, then `close`.
        Fail = "fail",
    }
}

knob! {
    /// Which received status codes are accepted (K-CODE).
    AcceptCodes {
        /// Every value but those that are never on the wire: 1005, 1006 and 1015.
        NotReserved = "not-reserved",
        /// Every value.
        All = "all",
    }
}

knob! {
    /// What follows a frame that arrives after the peer's Close (K-TRAIL).
    FramesAfterClose {
        /// It is discarded.
        Discard = "discard",
        /// The connection is failed.
        Fail = "fail",
    }
}

knob! {
    /// Whether a task of the WebSocket task source looks at `readyState` before it changes it.
    Guard {
        /// It does nothing if the page went further in the meantime.
        Guard = "guard",
        /// It does what its text says, even backwards.
        Literal = "literal",
    }
}

knob! {
    /// What `close(undefined, reason)` sends (K-REASON-ONLY).
    ReasonOnly {
        /// 1000 and the reason.
        NormalClosure = "1000",
        /// An empty Close frame; the reason is dropped.
        Empty = "empty",
    }
}

knob! {
    /// What an event handler's return value `false` does to an event that is not cancelable (K-RETFALSE).
    ReturnFalse {
        /// Nothing.
        RespectCancelable = "respect-cancelable",
        /// The canceled flag is set.
        SetCanceled = "set-canceled",
    }
}

knob! {
    /// How task sources map to task queues (K-QUEUES).
    TaskQueues {
        /// Each source has its own queue; which one is next is a choice.
        PerSource = "per-source",
        /// All sources share one queue.
        One = "one",
    }
}

/// A set of knob values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
pub struct Profile {
    /// FIN without a Close from either side (K-EOF).
    pub fin_without_close: Loss,
    /// FIN after our Close, without theirs (K-EOF-AFTER-SENT).
    pub fin_after_our_close: Loss,
    /// No answer to our Close within T1 (K-T1).
    pub close_timeout: Loss,
    /// K-CODE.
    pub accept_codes: AcceptCodes,
    /// K-TRAIL.
    pub frames_after_close: FramesAfterClose,
    /// The open task (K-OPEN-GUARD).
    pub open_task: Guard,
    /// The closing task (K-CLOSING-GUARD).
    pub closing_task: Guard,
    /// K-REASON-ONLY.
    pub reason_only: ReasonOnly,
    /// K-RETFALSE.
    pub return_false: ReturnFalse,
    /// K-QUEUES.
    pub task_queues: TaskQueues,
    /// T0, the wait for the answer to the opening handshake (N-11), in microseconds.
    pub handshake_timeout_us: u64,
    /// T1, the wait for the peer's Close after ours (K-T1), in microseconds.
    pub close_timeout_us: u64,
    /// T2, the wait for the peer's FIN after both Close frames (K-WAIT), in microseconds.
    pub linger_us: u64,
    /// The largest message that is accepted (K-LIMIT), in bytes.
    pub message_len_max: u32,
    /// The send buffer (N-20), in bytes of application data.
    pub send_buffer_len_max: u32,
    /// A mistake on top of the knobs: nothing that any text allows.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub fault: Option<Fault>,
}

impl Profile {
    /// The strictest reading on which the texts can be followed as a whole, and where a text can be read two ways,
    /// the reading that the three browser engines share.
    pub const STANDARD: Self = Self {
        fin_without_close: Loss::Drop,
        fin_after_our_close: Loss::Drop,
        close_timeout: Loss::Drop,
        accept_codes: AcceptCodes::NotReserved,
        frames_after_close: FramesAfterClose::Discard,
        open_task: Guard::Guard,
        closing_task: Guard::Guard,
        reason_only: ReasonOnly::NormalClosure,
        return_false: ReturnFalse::RespectCancelable,
        task_queues: TaskQueues::PerSource,
        handshake_timeout_us: 60_000_000,
        close_timeout_us: 30_000_000,
        linger_us: 2_000_000,
        message_len_max: 16 << 20,
        send_buffer_len_max: 16 << 20,
        fault: None,
    };

    /// Each text word for word, even where that leads to absurd results: it exists to show them.
    pub const LITERAL: Self = Self {
        fin_without_close: Loss::Fail,
        fin_after_our_close: Loss::Fail,
        close_timeout: Loss::Fail,
        accept_codes: AcceptCodes::All,
        open_task: Guard::Literal,
        closing_task: Guard::Literal,
        return_false: ReturnFalse::SetCanceled,
        ..Self::STANDARD
    };

    /// The named profiles.
    pub const NAMED: [(&'static str, Self); 2] = [("standard", Self::STANDARD), ("literal", Self::LITERAL)];

    /// The profile called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMED.into_iter().find(|(known, _)| *known == name).map(|(_, profile)| profile)
    }

    /// The name of the profile, if it is one of the named ones.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        Self::NAMED.into_iter().find(|(_, profile)| profile == self).map(|(name, _)| name)
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::STANDARD
    }
}
