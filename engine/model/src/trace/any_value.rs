//! A value of any self-describing format, kept until the kind of its record is known.
//!
//! The keys of a record may come in any order, so all of them are read before the first is understood.

use alloc::borrow::Cow;
use alloc::borrow::ToOwned as _;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// What a format can hold; strings are borrowed where the format lends them.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum AnyValue<'de> {
    /// Nothing.
    Unit,
    /// True or false.
    Bool(bool),
    /// An integer that is not negative.
    Unsigned(u64),
    /// An integer.
    Signed(i64),
    /// Any other number: no record has one, and a field that nobody knows may.
    Float(f64),
    /// A string.
    Text(Cow<'de, str>),
    /// Values in order.
    Sequence(Vec<Self>),
    /// Keys and their values.
    Map(Fields<'de>),
}

/// Keys and their values, in the order of the input.
pub(super) type Fields<'de> = Vec<(AnyValue<'de>, AnyValue<'de>)>;

impl<'de> Deserialize<'de> for AnyValue<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor)
    }
}

struct AnyVisitor;

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = AnyValue<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(AnyValue::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(AnyValue::Unsigned(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(AnyValue::Signed(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(AnyValue::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(AnyValue::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(AnyValue::Text(Cow::Borrowed(value)))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(AnyValue::Unit)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(AnyValue::Unit)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = access.next_element()? {
            values.push(value);
        }
        Ok(AnyValue::Sequence(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        fields(access).map(AnyValue::Map)
    }
}

/// Everything that `access` has.
pub(super) fn fields<'de, A: MapAccess<'de>>(mut access: A) -> Result<Fields<'de>, A::Error> {
    let mut fields = Vec::new();
    while let Some(field) = access.next_entry()? {
        fields.push(field);
    }
    Ok(fields)
}

/// Whether one of the keys is `name`.
pub(super) fn has(fields: &Fields<'_>, name: &str) -> bool {
    fields.iter().any(|(key, _)| matches!(key, AnyValue::Text(key) if key == name))
}

impl<'de, E: Error> IntoDeserializer<'de, E> for AnyValue<'de> {
    type Deserializer = AnyDeserializer<'de, E>;

    fn into_deserializer(self) -> Self::Deserializer {
        AnyDeserializer { value: self, error: PhantomData }
    }
}

/// Gives a value to the type that asks for it, whose errors are those of the format.
pub(super) struct AnyDeserializer<'de, E> {
    value: AnyValue<'de>,
    error: PhantomData<E>,
}

impl<'de, E: Error> Deserializer<'de> for AnyDeserializer<'de, E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        match self.value {
            AnyValue::Unit => visitor.visit_unit(),
            AnyValue::Bool(value) => visitor.visit_bool(value),
            AnyValue::Unsigned(value) => visitor.visit_u64(value),
            AnyValue::Signed(value) => visitor.visit_i64(value),
            AnyValue::Float(value) => visitor.visit_f64(value),
            AnyValue::Text(Cow::Borrowed(value)) => visitor.visit_borrowed_str(value),
            AnyValue::Text(Cow::Owned(value)) => visitor.visit_string(value),
            AnyValue::Sequence(values) => visitor.visit_seq(SeqDeserializer::new(values.into_iter())),
            AnyValue::Map(fields) => visitor.visit_map(MapDeserializer::new(fields.into_iter())),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        match self.value {
            AnyValue::Unit => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, E> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}
