//! Event objects: their types, their attributes, and the data of messages.

use core::fmt;

use super::PayloadId;

/// The `type` of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum EventType {
    /// `open`
    #[default]
    Open,
    /// `message`
    Message,
    /// `error`
    Error,
    /// `close`
    Close,
    /// A type that no user agent fires: `x0`, `x1` and so on.
    Custom(u8),
    /// `pagehide`, fired at the global object only
    PageHide,
    /// `unload`, fired at the global object only
    Unload,
}

/// The `type` as script has it.
impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("open"),
            Self::Message => f.write_str("message"),
            Self::Error => f.write_str("error"),
            Self::Close => f.write_str("close"),
            Self::Custom(number) => write!(f, "x{number}"),
            Self::PageHide => f.write_str("pagehide"),
            Self::Unload => f.write_str("unload"),
        }
    }
}

/// The interface of an event object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "interface", rename_all = "kebab-case")
)]
pub enum Interface {
    /// `Event`
    #[default]
    Event,
    /// `MessageEvent`
    MessageEvent {
        /// What `data` is.
        #[cfg_attr(feature = "serde", serde(default))]
        data: MessageData,
    },
    /// `CloseEvent`
    CloseEvent,
    /// `ErrorEvent`, fired at the global object only
    ErrorEvent,
}

/// What `data` of a MessageEvent is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum MessageData {
    /// A string.
    #[default]
    Text,
    /// A `Blob`.
    Blob,
    /// An `ArrayBuffer`.
    ArrayBuffer,
}

/// `WebSocket.binaryType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[repr(u8)]
pub enum BinaryType {
    /// `"blob"`
    #[default]
    Blob,
    /// `"arraybuffer"`
    ArrayBuffer,
}

impl BinaryType {
    /// All values, in the order of their declaration.
    pub const ALL: [Self; 2] = [Self::Blob, Self::ArrayBuffer];

    /// The value as script has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::ArrayBuffer => "arraybuffer",
        }
    }

    /// What `data` is made of a binary message.
    #[must_use]
    pub fn data(self) -> MessageData {
        match self {
            Self::Blob => MessageData::Blob,
            Self::ArrayBuffer => MessageData::ArrayBuffer,
        }
    }
}

/// The attributes of an event object that do not depend on where it is in its dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EventAttributes {
    /// `type`
    pub event_type: EventType,
    /// The interface that the object implements.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub interface: Interface,
    /// `isTrusted`
    pub is_trusted: bool,
    /// `bubbles`
    pub bubbles: bool,
    /// `cancelable`
    pub cancelable: bool,
    /// `composed`
    pub composed: bool,
    /// `wasClean` of a CloseEvent, else false.
    pub was_clean: bool,
    /// `code` of a CloseEvent, else 0.
    pub code: u16,
    /// `reason` of a CloseEvent, `data` of a MessageEvent, else empty; UTF-8 unless the data is binary.
    pub text: PayloadId,
}

/// The event object that a page looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
#[repr(u8)]
pub enum WhichEvent {
    /// The one whose listener is running.
    Current,
    /// The one that the page kept.
    Kept,
}

/// What a page reads of an event object: where it is in its dispatch, whether it is canceled, or the object itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
#[repr(u8)]
pub enum EventMember {
    /// `eventPhase`
    EventPhase,
    /// The length of `composedPath()`
    ComposedPath,
    /// `defaultPrevented`, as 0 or 1
    DefaultPrevented,
    /// The object itself, which the page keeps if it is the current one, and dispatches next if it is the kept one. It
    /// has no value; without it nobody could tell which event is dispatched again.
    Itself,
}

impl WhichEvent {
    /// Both, in the order of their declaration.
    pub const ALL: [Self; 2] = [Self::Current, Self::Kept];

    /// The name that the object has in a page's functions.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "event",
            Self::Kept => "kept",
        }
    }
}

impl EventMember {
    /// Those that have a value, in the order of their declaration.
    pub const ALL: [Self; 3] = [Self::EventPhase, Self::ComposedPath, Self::DefaultPrevented];

    /// The name that the attribute has, or the method.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EventPhase => "eventPhase",
            Self::ComposedPath => "composedPath",
            Self::DefaultPrevented => "defaultPrevented",
            Self::Itself => "itself",
        }
    }
}
