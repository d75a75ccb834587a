//! How often a seeded run leaves the plain path at each choice point.

use wasclean_model::choices::Point;

/// How the alternatives of a choice point share the chances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Odds {
    /// All alternatives are equally likely.
    Even,
    /// The first one is taken in seven of eight cases; the others share the rest.
    Plain,
}

/// A run asks about segmentation, writes and the order of steps again and again, and most of the time nothing
/// special happens there; with even odds a run would end after a few steps and never come to a full handshake.
pub(crate) fn odds(point: Point) -> Odds {
    match point {
        Point::WorldStep | Point::TcpSegment | Point::TcpWrite => Odds::Plain,
        // The list of points may grow; a new one is even until somebody has measured otherwise.
        _ => Odds::Even,
    }
}
