//! The offences of a header that a faulty implementation does not notice.

use crate::profile::Fault;
use crate::trace::Cause;

/// Whether an implementation with this fault accepts a header with such an offence.
pub(super) fn is_let_pass(fault: Option<Fault>, cause: Cause, first: u8) -> bool {
    let is_control = first & 0x08 != 0;
    match fault {
        Some(Fault::MaskedByServer) => cause == Cause::MaskedByServer,
        Some(Fault::AnyLength) => matches!(cause, Cause::LengthNotMinimal | Cause::ControlTooLong),
        Some(Fault::AnyControlHead) => {
            is_control && matches!(cause, Cause::ReservedBit | Cause::FragmentedControl)
        }
        _ => false,
    }
}
