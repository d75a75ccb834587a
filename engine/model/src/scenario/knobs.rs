//! The knobs of a profile as a list of numbers, for whoever treats them all alike.

use crate::profile::{
    AcceptCodes, FramesAfterClose, Guard, Loss, Profile, ReasonOnly, ReturnFalse, TaskQueues,
};

/// One knob: an enum by the position of its value, an amount by itself.
pub(super) struct Knob {
    /// Its value.
    pub(super) read: fn(&Profile) -> u64,
    /// Sets it; a number beyond its values is folded into them.
    pub(super) write: fn(&mut Profile, u64),
    /// How many values it has.
    pub(super) values: Values,
}

/// How many values a knob has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    /// So many, with names.
    Named(u8),
    /// As many as an amount can have.
    Amount,
}

macro_rules! knobs {
    (named { $($named:ident: $kind:ident),+ $(,)? } amounts { $($amount:ident: $number:ident),+ $(,)? }) => {
        /// All knobs. The position of each is part of the byte form.
        pub(super) static KNOBS: &[Knob] = &[
            $(Knob {
                read: |profile| {
                    let known = $kind::VALUES.iter().position(|&(value, _)| value == profile.$named);
                    known.expect("every value is in the list") as u64
                },
                write: |profile, number| {
                    let index = number % $kind::VALUES.len() as u64;
                    profile.$named = $kind::VALUES[usize::try_from(index).expect("a handful")].0;
                },
                values: Values::Named(
                    { assert!($kind::VALUES.len() < 256); $kind::VALUES.len() as u8 }
                ),
            },)+
            $(Knob {
                read: |profile| u64::from(profile.$amount),
                write: |profile, number| profile.$amount = number as $number,
                values: Values::Amount,
            },)+
        ];

        // A knob that is not in the list does not compile. A fault is none: what may be varied is what a text allows.
        const _: fn(Profile) = |Profile { $($named: _,)+ $($amount: _,)+ fault: _ }| {};
    };
}

knobs! {
    named {
        fin_without_close: Loss,
        fin_after_our_close: Loss,
        close_timeout: Loss,
        accept_codes: AcceptCodes,
        frames_after_close: FramesAfterClose,
        open_task: Guard,
        closing_task: Guard,
        reason_only: ReasonOnly,
        return_false: ReturnFalse,
        task_queues: TaskQueues,
    }
    amounts {
        handshake_timeout_us: u64,
        close_timeout_us: u64,
        linger_us: u64,
        message_len_max: u32,
        send_buffer_len_max: u32,
    }
}

/// How many knobs differ.
pub(super) fn distance(a: &Profile, b: &Profile) -> usize {
    KNOBS.iter().filter(|knob| (knob.read)(a) != (knob.read)(b)).count()
}
