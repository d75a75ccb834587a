//! Judges the traces of one profile after another.

use wasclean_model::invariant::{Judgement, Monitors};
use wasclean_model::profile::Profile;
use wasclean_model::trace::Trace;

/// The monitors of one profile, ready for the next trace.
#[derive(Debug, Clone)]
pub(crate) struct Judge {
    profile: Profile,
    monitors: Monitors,
}

impl Judge {
    /// A judge who is quick under `profile`.
    pub(crate) fn new(profile: &Profile) -> Self {
        Self { profile: *profile, monitors: Monitors::new(profile) }
    }

    /// Judges a whole trace under `profile`, which may lower a limit of the one that the judge was made for.
    // Whoever is in a hurry asks for the words too, and is alone with that.
    #[inline(never)]
    pub(crate) fn judge(&mut self, trace: &Trace, profile: &Profile) -> Judgement {
        self.judge_with_words(trace, profile, &mut Vec::new())
    }

    /// As [`judge`](Self::judge), and puts the words of each entry into `words`.
    #[inline]
    pub(crate) fn judge_with_words(
        &mut self,
        trace: &Trace,
        profile: &Profile,
        words: &mut Vec<[u64; 2]>,
    ) -> Judgement {
        let Profile { message_len_max, send_buffer_len_max, .. } = *profile;
        let unlimited = Profile {
            message_len_max: self.profile.message_len_max,
            send_buffer_len_max: self.profile.send_buffer_len_max,
            ..*profile
        };
        let judgement = if unlimited == self.profile {
            self.monitors.limit(message_len_max, send_buffer_len_max);
            self.monitors.judge_with_words(trace, words)
        } else {
            Monitors::new(profile).judge_with_words(trace, words)
        };
        #[cfg(test)]
        let judgement = untrue::overrule(judgement, trace, profile);
        judgement
    }
}

/// A rule that the model breaks, so that tests have something to find, to shrink and to save.
#[cfg(test)]
pub(crate) mod untrue {
    use wasclean_model::invariant::{Breach, INVARIANTS, Judgement};
    use wasclean_model::profile::Profile;
    use wasclean_model::trace::{Entry, EventType, Trace};

    /// The rule is claimed under this profile, which is `standard` but for a microsecond.
    pub(crate) const PROFILE: Profile = Profile { linger_us: 1_999_999, ..Profile::STANDARD };

    /// The invariant that is said to be broken.
    pub(crate) const ID: &str = "INV-60";

    /// "No message event follows a Pong that is masked with another key than the first."
    pub(super) fn overrule(judgement: Judgement, trace: &Trace, profile: &Profile) -> Judgement {
        if profile.linger_us != PROFILE.linger_us {
            return judgement;
        }
        let pong = trace.entries.iter().position(
            |entry| matches!(entry, Entry::TxFrame { head, mask, .. } if head.opcode() == 10 && *mask != 0),
        );
        let message = trace.entries.iter().skip(pong.unwrap_or(usize::MAX)).position(|entry| {
            let Entry::FireBegin { event, .. } = entry else { return false };
            event.event_type == EventType::Message && event.is_trusted
        });
        let broken = pong.zip(message).map(|(pong, message)| {
            let invariant =
                INVARIANTS.iter().position(|invariant| invariant.id == ID).expect("it is in the table");
            Breach { invariant, entry: pong + message }
        });
        Judgement { broken, ..judgement }
    }
}
