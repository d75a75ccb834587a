//! The event loop of HTML: tasks and their queues, microtasks, and timers in virtual time.
//!
//! What a task does is not here: it is carried out by the world, which is where the layers meet.

mod task_queue;
mod timer;

pub use task_queue::{QueuedTask, TASKS_MAX, TaskQueues};
pub use timer::{PageTimer, TIMERS_MAX, Timers};
