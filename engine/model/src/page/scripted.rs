//! The page as the world sees it, and the page whose functions are lists of calls.

use alloc::vec::Vec;
use core::fmt;
use core::hash::Hash;

use super::{Call, Receiver};
use crate::trace::{Completion, FunctionId, SocketId};

/// What a running function of a page does next.
#[derive(Debug, Clone, Copy)]
pub enum Turn<'a> {
    /// It makes a call; the world carries it out and then resumes the function.
    Call(&'a Call),
    /// It has ended.
    End(Completion),
}

/// The functions of a page.
///
/// The world calls a function by asking for an activation and then resuming it until it ends. What a function
/// remembers from one call to the next is in the activation and nowhere else, because a world is copied in the
/// middle of a dispatch when it is explored.
///
/// A page is a generator of calls that it has prepared: it lends each to the world, and learns how it ended but neither
/// what it returned nor which event a listener is called with. That is enough for calls that are written down, drawn
/// or enumerated, and not for a JavaScript engine. What a page calls must be within the scenario's
/// [bounds](crate::scenario::bounds).
pub trait Page: Copy {
    /// A function that is running: part of the world's state, hence small and comparable.
    type Activation: Copy + Default + Eq + Hash + fmt::Debug;

    /// Begins to run `function`.
    fn call(&self, function: FunctionId) -> Self::Activation;

    /// Goes on with `activation`; `last` is how its last call ended, or `Normal` at the beginning.
    fn resume(&self, activation: &mut Self::Activation, last: Completion) -> Turn<'_>;

    /// Whether a function that can still run names `socket`, so that the WebSocket cannot be collected as garbage.
    ///
    /// It is asked between tasks. A page that does not know keeps all of them, because one that is named after it was
    /// collected is a page that cannot be.
    fn mentions(&self, socket: SocketId) -> bool {
        let _ = socket;
        true
    }
}

/// A page as data: the functions in the order of their numbers. Function 0 is the script that runs first.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Script {
    /// The calls of each function, in order. A function that is not there does nothing.
    pub functions: Vec<Vec<Call>>,
}

/// A running function of a [`Script`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Activation {
    function: FunctionId,
    next: u8,
}

/// A [`Script`] as a [`Page`].
#[derive(Debug, Clone, Copy)]
pub struct Scripted<'a>(pub &'a Script);

impl Page for Scripted<'_> {
    type Activation = Activation;

    #[inline]
    fn call(&self, function: FunctionId) -> Activation {
        Activation { function, next: 0 }
    }

    #[inline]
    fn resume(&self, activation: &mut Activation, _: Completion) -> Turn<'_> {
        let calls = self.0.functions.get(usize::from(activation.function.0));
        match calls.and_then(|calls| calls.get(usize::from(activation.next))) {
            None => Turn::End(Completion::Normal),
            Some(Call::Throw) => Turn::End(Completion::Threw(crate::trace::Exception::Thrown)),
            Some(Call::ReturnFalse) => Turn::End(Completion::ReturnedFalse),
            Some(call) => {
                // A function of 255 calls or more ends there: a scenario's bounds are checked where it is read.
                activation.next = activation.next.saturating_add(1);
                if activation.next == u8::MAX { Turn::End(Completion::Normal) } else { Turn::Call(call) }
            }
        }
    }

    /// The first script runs once, unless some function names it as a listener, a timer or the like.
    fn mentions(&self, socket: SocketId) -> bool {
        let functions = &self.0.functions;
        let is_script_named =
            functions.iter().flatten().any(|call| call.functions().any(|it| it == FunctionId(0)));
        let mut later = functions.iter().skip(usize::from(!is_script_named)).flatten();
        later.any(|call| call.receiver() == Some(Receiver::Socket(socket.0)))
    }
}
