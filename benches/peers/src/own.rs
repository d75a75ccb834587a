//! The checks of RFC 6455 for who does not have them.

/// Whether an endpoint may receive this status code (RFC 6455 section 7.4).
#[inline]
pub fn is_accepted(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// Whether the second byte of a control frame is one that `SERVER` may receive: masked or not, and 125 bytes at most.
#[inline]
pub fn is_control_head<const SERVER: bool>(second: u8) -> bool {
    (second & 0x80 != 0) == SERVER && second & 0x7f <= 125
}

/// Splits the body of a Close frame: nothing, or a status code that is accepted and a reason that is UTF-8.
#[inline]
pub fn body(body: &[u8]) -> Option<(Option<u16>, &[u8])> {
    body_by(body, |reason| core::str::from_utf8(reason).is_ok())
}

/// The same with a validator of the peer's own.
#[inline]
pub fn body_by(body: &[u8], is_utf8: impl FnOnce(&[u8]) -> bool) -> Option<(Option<u16>, &[u8])> {
    let Some((code, reason)) = body.split_first_chunk::<2>() else {
        return body.is_empty().then_some((None, &[]));
    };
    let code = u16::from_be_bytes(*code);
    (is_accepted(code) && is_utf8(reason)).then_some((Some(code), reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasclean_model::status_code::{Class, class};

    #[test]
    fn what_is_accepted_has_a_class_that_may_be_sent() {
        for code in 0..=u16::MAX {
            let want = matches!(class(code), Class::Registered | Class::Library | Class::Private);
            assert_eq!(is_accepted(code), want, "{code}");
        }
    }
}
