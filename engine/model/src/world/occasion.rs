//! What an event is dispatched for.

/// What an event is dispatched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Occasion {
    /// Something happened, or script dispatches it.
    Event,
    /// An exception is reported: while this is under way no other is (LOOP-22; HTML, in error reporting mode).
    ErrorReport,
}
