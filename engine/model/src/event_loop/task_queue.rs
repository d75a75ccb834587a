//! Task queues: sets of tasks in the order in which they were appended (HTML, event loops; LOOP-01 to LOOP-06).

use crate::bounded::{Bounded, Full};
use crate::profile;
use crate::trace::{FunctionId, PayloadId, Task, TaskSource};

/// How many tasks can wait at the same time.
pub const TASKS_MAX: usize = 32;

/// A task that waits to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct QueuedTask {
    /// What it does, which also gives its source.
    pub task: Task,
    /// The data of the message, for a message task.
    pub data: PayloadId,
    /// Whether the message is text, for a message task.
    pub is_text: bool,
}

impl QueuedTask {
    /// A task that carries no data.
    #[must_use]
    pub fn new(task: Task) -> Self {
        Self { task, data: PayloadId::EMPTY, is_text: false }
    }
}

impl Default for QueuedTask {
    fn default() -> Self {
        Self::new(Task::Script)
    }
}

/// The task queues of one event loop, and its microtask queue.
///
/// The queues are kept as one list in the order of appending; a queue is the part of it that belongs to the queue's
/// sources. That keeps the state flat, and it makes the order between tasks of one source evident (LOOP-05).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct TaskQueues {
    tasks: Bounded<QueuedTask, TASKS_MAX>,
    microtasks: Bounded<FunctionId, 16>,
}

impl TaskQueues {
    /// Queues a task (HTML, queue a task).
    ///
    /// # Errors
    ///
    /// [`Full`] if [`TASKS_MAX`] tasks are waiting.
    pub fn enqueue(&mut self, task: QueuedTask) -> Result<(), Full> {
        self.tasks.push(task)
    }

    /// Whether no task waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// How many more tasks can be queued.
    #[must_use]
    pub fn room(&self) -> usize {
        self.tasks.room()
    }

    /// The source of the first task, if all tasks have the same.
    #[inline]
    #[must_use]
    pub fn only_source(&self) -> Option<TaskSource> {
        let (first, rest) = self.tasks.split_first()?;
        let source = first.task.source();
        rest.iter().all(|queued| queued.task.source() == source).then_some(source)
    }

    /// The sources whose queue has a runnable task, in the order of their first tasks.
    ///
    /// With one queue for all sources there is at most one: the source of the first task.
    #[must_use]
    pub fn runnable(&self, queues: profile::TaskQueues) -> Bounded<TaskSource, { TaskSource::ALL.len() }> {
        let mut sources = Bounded::new();
        match queues {
            profile::TaskQueues::One => {
                if let Some(first) = self.tasks.first() {
                    sources.push(first.task.source()).expect("it is the only one");
                }
            }
            profile::TaskQueues::PerSource => {
                for queued in self.tasks.iter() {
                    let source = queued.task.source();
                    if !sources.contains(&source) {
                        sources.push(source).expect("there is room for each");
                    }
                }
            }
        }
        sources
    }

    /// Takes the first runnable task of the queue that `source` belongs to (HTML, event loop processing model).
    pub fn take_first_runnable(&mut self, source: TaskSource) -> Option<QueuedTask> {
        let index = self.tasks.iter().position(|queued| queued.task.source() == source)?;
        Some(self.tasks.remove(index))
    }

    /// The tasks that wait, in the order of appending.
    pub fn iter(&self) -> impl Iterator<Item = &QueuedTask> {
        self.tasks.iter()
    }

    /// Takes the first task that is like that, whatever its queue.
    pub fn take_if(&mut self, is_it: impl Fn(&QueuedTask) -> bool) -> Option<QueuedTask> {
        let index = self.tasks.iter().position(is_it)?;
        Some(self.tasks.remove(index))
    }

    /// Queues a microtask (HTML, queue a microtask).
    ///
    /// # Errors
    ///
    /// [`Full`] if 16 microtasks are waiting.
    pub fn enqueue_microtask(&mut self, function: FunctionId) -> Result<(), Full> {
        self.microtasks.push(function)
    }

    /// Whether a microtask waits.
    #[must_use]
    pub fn has_microtask(&self) -> bool {
        !self.microtasks.is_empty()
    }

    /// Takes the oldest microtask.
    pub fn dequeue_microtask(&mut self) -> Option<FunctionId> {
        if self.microtasks.is_empty() { None } else { Some(self.microtasks.remove(0)) }
    }

    /// Removes all microtasks.
    pub fn clear_microtasks(&mut self) {
        self.microtasks.clear();
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.tasks.clear();
        self.microtasks.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::SocketId;

    fn queues(tasks: &[Task]) -> TaskQueues {
        let mut queues = TaskQueues::default();
        for &task in tasks {
            queues.enqueue(QueuedTask::new(task)).expect("room");
        }
        queues
    }

    #[test]
    fn a_source_is_first_in_first_out_and_sources_are_independent() {
        let (a, b) = (SocketId(0), SocketId(1));
        let mut queues = queues(&[Task::Open(a), Task::Timer(FunctionId(1)), Task::Closed(b)]);
        assert_eq!(
            queues.runnable(profile::TaskQueues::PerSource)[..],
            [TaskSource::WebSocket, TaskSource::Timer]
        );
        assert_eq!(queues.runnable(profile::TaskQueues::One)[..], [TaskSource::WebSocket]);
        let taken = |queued: Option<QueuedTask>| queued.expect("a task").task;
        assert_eq!(taken(queues.take_first_runnable(TaskSource::Timer)), Task::Timer(FunctionId(1)));
        assert_eq!(taken(queues.take_first_runnable(TaskSource::WebSocket)), Task::Open(a));
        assert_eq!(taken(queues.take_first_runnable(TaskSource::WebSocket)), Task::Closed(b));
        assert!(queues.is_empty());
    }
}
