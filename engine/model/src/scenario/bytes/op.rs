//! What the first byte of a record says.

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    /// Something of the user agent's, or nothing at all.
    Agent,
    /// A step of a peer.
    Step(StepOp),
    /// A call of a function.
    Call(CallOp),
    /// Anything else.
    Setting(SettingOp),
}

/// A step of a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepOp {
    Accept,
    /// A plain Close frame: `a` the code, `b` the reason.
    Close,
    Echo,
    /// A frame with an opcode that RFC 6455 defines: `a` the payload, `b` whether it is final. Its opcode is 0.
    Continuation,
    /// Opcode 1.
    Text,
    /// Opcode 2.
    Binary,
    /// Opcode 8, with any body.
    AnyClose,
    /// Opcode 9.
    Ping,
    /// Opcode 10.
    Pong,
    /// Any other unmasked frame: `a` the first byte, `b` the payload.
    OddFrame,
    /// The same with a masking key.
    MaskedFrame,
    /// Any other frame with a code and a reason: `a` the code, `b` the reason.
    OddClose,
    Bytes,
    Http,
    Wait,
    Delay,
    Fin,
    Rst,
    StopReading,
    ResumeReading,
    Unreachable,
}

/// A call of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallOp {
    Construct,
    /// `ws0.close(a, b)`
    CloseFirst,
    /// `this.close(a, b)`
    CloseThis,
    /// `close(a, b)` at a receiver that follows.
    CloseOn,
    SendText,
    SendBinary,
    /// `a` target and type, `b` the function.
    Listen,
    ListenOnce,
    ListenCapture,
    /// The same with options that follow.
    ListenWith,
    Unlisten,
    UnlistenCapture,
    SetHandler,
    DispatchEvent,
    DispatchCloseEvent,
    DispatchCurrent,
    DispatchKept,
    StopPropagation,
    StopImmediatePropagation,
    PreventDefault,
    InitEvent,
    KeepEvent,
    Abort,
    QueueMicrotask,
    SetTimeout,
    PostMessage,
    /// Reads an attribute, or sets `binaryType`.
    Read,
    Note,
    Throw,
    ReturnFalse,
    /// `self.close()`, `frame.remove()` or `new frame.WebSocket()`
    Lifetime,
}

/// What is neither a step nor a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SettingOp {
    /// There are at least so many peers.
    Peers,
    /// There are at least so many functions.
    Functions,
    /// All knobs, by the name of a profile.
    Profile,
    Knob,
    Choice,
    ExpectPage,
    ExpectWire,
    ExpectBreaks,
}

/// How many of the 256 values each operation has: the likelier it is to be useful, the more.
const SHARES: &[(Op, u8)] = &[
    (Op::Agent, 1),
    (Op::Call(CallOp::Construct), 14),
    (Op::Call(CallOp::Lifetime), 1),
    (Op::Step(StepOp::Accept), 15),
    (Op::Step(StepOp::Close), 16),
    (Op::Call(CallOp::SetHandler), 14),
    (Op::Call(CallOp::CloseFirst), 14),
    (Op::Call(CallOp::CloseThis), 10),
    (Op::Call(CallOp::CloseOn), 2),
    (Op::Step(StepOp::Echo), 8),
    (Op::Step(StepOp::Wait), 8),
    (Op::Step(StepOp::Fin), 6),
    (Op::Step(StepOp::Rst), 4),
    (Op::Step(StepOp::Delay), 4),
    (Op::Step(StepOp::Text), 8),
    (Op::Step(StepOp::Binary), 4),
    (Op::Step(StepOp::Continuation), 4),
    (Op::Step(StepOp::AnyClose), 4),
    (Op::Step(StepOp::Ping), 4),
    (Op::Step(StepOp::Pong), 1),
    (Op::Step(StepOp::OddFrame), 6),
    (Op::Step(StepOp::MaskedFrame), 2),
    (Op::Step(StepOp::OddClose), 2),
    (Op::Step(StepOp::Bytes), 5),
    (Op::Step(StepOp::Http), 4),
    (Op::Step(StepOp::StopReading), 2),
    (Op::Step(StepOp::ResumeReading), 2),
    (Op::Step(StepOp::Unreachable), 1),
    (Op::Call(CallOp::SendText), 5),
    (Op::Call(CallOp::SendBinary), 3),
    (Op::Call(CallOp::Listen), 10),
    (Op::Call(CallOp::ListenOnce), 3),
    (Op::Call(CallOp::ListenCapture), 3),
    (Op::Call(CallOp::ListenWith), 2),
    (Op::Call(CallOp::Unlisten), 3),
    (Op::Call(CallOp::UnlistenCapture), 1),
    (Op::Call(CallOp::DispatchEvent), 3),
    (Op::Call(CallOp::DispatchCloseEvent), 3),
    (Op::Call(CallOp::DispatchCurrent), 2),
    (Op::Call(CallOp::DispatchKept), 2),
    (Op::Call(CallOp::StopPropagation), 2),
    (Op::Call(CallOp::StopImmediatePropagation), 2),
    (Op::Call(CallOp::PreventDefault), 2),
    (Op::Call(CallOp::InitEvent), 2),
    (Op::Call(CallOp::KeepEvent), 2),
    (Op::Call(CallOp::Abort), 2),
    (Op::Call(CallOp::QueueMicrotask), 5),
    (Op::Call(CallOp::SetTimeout), 5),
    (Op::Call(CallOp::PostMessage), 3),
    (Op::Call(CallOp::Read), 4),
    (Op::Call(CallOp::Note), 3),
    (Op::Call(CallOp::Throw), 3),
    (Op::Call(CallOp::ReturnFalse), 2),
    (Op::Setting(SettingOp::Peers), 1),
    (Op::Setting(SettingOp::Functions), 1),
    (Op::Setting(SettingOp::Profile), 1),
    (Op::Setting(SettingOp::Knob), 2),
    (Op::Setting(SettingOp::Choice), 5),
    (Op::Setting(SettingOp::ExpectPage), 1),
    (Op::Setting(SettingOp::ExpectWire), 1),
    (Op::Setting(SettingOp::ExpectBreaks), 1),
];

/// The operation of each first byte.
static OF: [Op; 256] = {
    let mut of = [Op::Agent; 256];
    let (mut index, mut byte) = (0, 0);
    while index < SHARES.len() {
        let mut share = 0;
        while share < SHARES[index].1 {
            of[byte] = SHARES[index].0;
            (byte, share) = (byte + 1, share + 1);
        }
        index += 1;
    }
    assert!(byte == 256);
    of
};

/// More than the number of any operation.
const COUNT: usize = 80;

/// The first byte of each operation, by its number.
static FIRST: [u8; COUNT] = {
    let mut first = [0; COUNT];
    // From the end, so that the first one that says the operation stays.
    let mut byte = OF.len();
    while byte > 0 {
        byte -= 1;
        first[OF[byte].number()] = byte as u8;
    }
    first
};

impl Op {
    /// What `byte` says.
    pub(super) fn of(byte: u8) -> Self {
        OF[usize::from(byte)]
    }

    /// The first byte that says `self`.
    pub(super) fn byte(self) -> u8 {
        FIRST[self.number()]
    }

    /// A number of its own, below [`COUNT`].
    const fn number(self) -> usize {
        match self {
            Self::Agent => 0,
            Self::Step(op) => 1 + op as usize,
            Self::Call(op) => 32 + op as usize,
            Self::Setting(op) => 64 + op as usize,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_that_says_an_operation_is_the_one_that_is_written() {
        for byte in 0..=u8::MAX {
            let op = Op::of(byte);
            let first = OF.iter().position(|&other| other == op);
            assert_eq!(first, Some(usize::from(op.byte())), "{op:?}");
        }
    }
}
