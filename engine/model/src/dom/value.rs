//! ECMAScript values, as far as a page passes them to the methods of a WebSocket.

use alloc::borrow::Cow;

use crate::trace::FunctionId;

/// A string as script has it: UTF-16 code units, lone surrogates included.
pub type JsString = Cow<'static, [u16]>;

/// A value that a page passes where Web IDL converts it to a number or a string.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Value {
    /// `undefined`, which is the same as an argument that is not there.
    #[default]
    Undefined,
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A Number, as the 64 bits of the double, so that no decision depends on floating point arithmetic.
    Number(u64),
    /// A BigInt, of which only the last 64 bits matter for printing.
    BigInt(i64),
    /// A Symbol.
    Symbol,
    /// A String.
    String(JsString),
    /// An object whose conversion to a primitive value calls the function and then gives the value.
    Object(FunctionId, Primitive),
}

/// What an object is converted to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Primitive {
    /// A Number, as the 64 bits of the double.
    Number(u64),
    /// A String.
    String(JsString),
}

impl Value {
    /// The Number `value`.
    #[must_use]
    pub fn number(value: f64) -> Self {
        Self::Number(value.to_bits())
    }

    /// The String `text`.
    #[must_use]
    pub fn string(text: &str) -> Self {
        Self::String(text.encode_utf16().collect())
    }

    /// The function that its conversion calls.
    pub(crate) fn function(&self) -> Option<FunctionId> {
        match self {
            Self::Object(function, _) => Some(*function),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub(crate) fn function_mut(&mut self) -> Option<&mut FunctionId> {
        match self {
            Self::Object(function, Primitive::Number(_) | Primitive::String(_)) => Some(function),
            Self::Undefined
            | Self::Null
            | Self::Boolean(_)
            | Self::Number(_)
            | Self::BigInt(_)
            | Self::Symbol
            | Self::String(_) => None,
        }
    }
}
