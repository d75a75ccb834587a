//! Virtual time: the next deadline, and what is due when it comes.

use super::World;
use super::lifetime::Life;
use crate::choices::Choices;
use crate::event_loop::QueuedTask;
use crate::page::Page;
use crate::profile::{ErrorTask, EventMade};
use crate::trace::{Entry, SocketId, Task, Trace};

impl<P: Page> World<'_, P> {
    /// Microseconds until something happens by itself.
    pub(super) fn next_deadline_us(&self) -> Option<u64> {
        let mut next = self.state.timers.next_us().filter(|_| !self.are_timers_suspended());
        let mut consider = |us: u64| next = Some(next.map_or(us, |next| next.min(us)));
        if self.state.lifetime.pause_us > 0 {
            consider(self.state.lifetime.pause_us);
        }
        for socket in self.state.sockets.iter() {
            if let Some((_, us)) = socket.timer {
                consider(us);
            }
            if socket.owes_closed {
                consider(0);
            }
            if let Some(us) = socket.link.pause_us
                && us > 0
                && !socket.endpoint.is_closed()
            {
                consider(us);
            }
        }
        next
    }

    /// Whether the document is cached: its timers wait (DOC-02).
    fn are_timers_suspended(&self) -> bool {
        self.state.lifetime.life == Life::Cached
    }

    /// Whether time passes to a next deadline. It does not pass to the timer of a connection whose peer reads and on
    /// which something waits to be written: else a Close that is forgotten would look like one that is slow.
    pub(super) fn can_time_pass(&self) -> bool {
        let Some(by_us) = self.next_deadline_us() else {
            return false;
        };
        !self.state.sockets.iter().any(|socket| {
            socket.timer.is_some_and(|(_, us)| us == by_us) && socket.endpoint.has_something_to_write()
        })
    }

    /// Lets time pass to the next deadline, and lets everything happen that is due then.
    pub(super) fn pass_time<C: Choices>(&mut self, choices: &mut C, trace: &mut Trace) {
        let Some(by_us) = self.next_deadline_us() else {
            return;
        };
        if by_us > 0 {
            trace.emit(Entry::Elapse { by_us });
        }
        if !self.are_timers_suspended() {
            self.state.timers.elapse(by_us);
        }
        let pause_us = &mut self.state.lifetime.pause_us;
        *pause_us = pause_us.saturating_sub(by_us);
        for socket in self.state.sockets.iter_mut() {
            for us in socket.link.pause_us.iter_mut().chain(socket.timer.iter_mut().map(|(_, us)| us)) {
                *us = us.saturating_sub(by_us);
            }
            if socket.endpoint.is_closed() && self.scenario.profile.event_made != EventMade::WhenFired {
                let by_us = u32::try_from(by_us).unwrap_or(u32::MAX);
                socket.link.closed_for_us = socket.link.closed_for_us.saturating_add(by_us);
            }
        }
        self.enqueue_due_timers(trace);
        if self.scenario.profile.error_task == ErrorTask::WhenNoticed {
            self.enqueue_owed(trace);
        }
        for index in 0..self.state.sockets.len() {
            if let Some((timer, 0)) = self.state.sockets[index].timer {
                let socket = SocketId(u8::try_from(index).expect("there are few sockets"));
                self.state.socket(socket).timer = None;
                self.with_endpoint(socket, choices, trace, |endpoint, cx| endpoint.timer_fired(timer, cx));
            }
        }
    }

    /// Queues the tasks of the page's timers that are due (LOOP-18), unless its document is cached.
    pub(super) fn enqueue_due_timers(&mut self, trace: &mut Trace) {
        while self.bound.is_none()
            && !self.are_timers_suspended()
            && let Some(function) = self.state.timers.take_due()
        {
            self.enqueue(QueuedTask::new(Task::Timer(function)), trace);
        }
    }
}
