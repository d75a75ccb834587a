//! One judged run whose answers are kept, together with what would have been plain.

use wasclean_model::choices::{Alternative, Choices, Decision, Point};
use wasclean_model::invariant::Judgement;
use wasclean_model::scenario::Scenario;
use wasclean_model::trace::Trace;
use wasclean_model::world;

use crate::judge::Judge;

/// A question that a run asked: what was answered, and what the plainest answer would have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) taken: Decision,
    pub(crate) plain: Alternative,
}

impl Answer {
    pub(crate) fn is_plain(&self) -> bool {
        self.taken.taken == self.plain
    }
}

/// Passes questions on and keeps the answers. [`Logged`](wasclean_model::choices::Logged) keeps what is needed to
/// repeat a run; to shorten it, one has to know what it did not do.
struct Kept<'a, C> {
    inner: C,
    log: &'a mut Vec<Answer>,
}

impl<C: Choices> Choices for Kept<'_, C> {
    fn choose(&mut self, point: Point, alternatives: &[Alternative]) -> usize {
        let index = self.inner.choose(point, alternatives);
        let taken = Decision { point, taken: alternatives[index] };
        self.log.push(Answer { taken, plain: alternatives[0] });
        index
    }

    fn number(&mut self, point: Point, count: u32) -> u32 {
        let number = self.inner.number(point, count);
        let taken = Decision { point, taken: Alternative::Number(number) };
        self.log.push(Answer { taken, plain: Alternative::Number(0) });
        number
    }
}

/// A run with its trace, its answers and its judgement.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) trace: Trace,
    pub(crate) log: Vec<Answer>,
    pub(crate) judgement: Judgement,
}

/// Plays `scenario` with `choices` and judges it.
pub(crate) fn play(scenario: &Scenario, choices: impl Choices) -> Played {
    let mut trace = Trace::new();
    let mut log = Vec::new();
    world::run_into(scenario, &mut Kept { inner: choices, log: &mut log }, &mut trace);
    let judgement = Judge::new(&scenario.profile).judge(&trace, &scenario.profile);
    Played { trace, log, judgement }
}

/// The decisions that repeat a run with these answers: whatever is plain by itself is left out.
///
/// A decision waits for the next question about its point, and all other questions are answered plainly. So before
/// an answer that is not plain only the plain answers about the same point have to be written down.
pub(crate) fn needed(log: &[Answer]) -> Vec<Decision> {
    let mut decisions = Vec::new();
    let mut rest = log;
    while let Some(position) = rest.iter().position(|answer| !answer.is_plain()) {
        let answer = rest[position];
        let same_point = rest[..position].iter().filter(|other| other.taken.point == answer.taken.point);
        decisions.extend(same_point.map(|other| other.taken));
        decisions.push(answer.taken);
        rest = &rest[position + 1..];
    }
    decisions
}

#[cfg(test)]
mod tests {
    use wasclean_model::choices::Script;

    use super::*;

    #[test]
    fn the_needed_decisions_repeat_the_run() {
        const WRITE: [Alternative; 2] = [Alternative::Now, Alternative::Later];
        let answers = [(1, 0), (0, 0), (0, 7), (1, 0), (0, 0)];
        let asked = |choices: &mut dyn Choices| -> Vec<(usize, u32)> {
            answers
                .iter()
                .map(|_| (choices.choose(Point::TcpWrite, &WRITE), choices.number(Point::FrameMask, 256)))
                .collect()
        };
        let mut log = Vec::new();
        for (write, mask) in answers {
            let taken = Decision { point: Point::TcpWrite, taken: WRITE[write] };
            log.push(Answer { taken, plain: Alternative::Now });
            let taken = Decision { point: Point::FrameMask, taken: Alternative::Number(mask) };
            log.push(Answer { taken, plain: Alternative::Number(0) });
        }
        let decisions = needed(&log);
        assert_eq!(decisions.len(), 5, "{decisions:?}");
        let mut script = Script::new(&decisions);
        assert_eq!(asked(&mut script), answers.map(|(write, mask)| (write, mask)));
        assert_eq!(script.finish(), Ok(()));
    }
}
