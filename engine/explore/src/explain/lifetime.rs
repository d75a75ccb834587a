//! Why a WebSocket goes with its document, its worker or its object, and why nobody is told (DOC-*, WORKER-*, GC-*).

use wasclean_model::trace::{DocumentId, DocumentState, WorkerState};

use super::Fact;
use super::story::Story;

/// Why a WebSocket was made to disappear at `entry`.
pub(super) fn disappearing(story: &Story<'_>, entry: usize) -> Vec<Fact> {
    let ended = story.workers.iter().find(|(at, state)| *at < entry && *state == WorkerState::Ended);
    if let Some(&(at, _)) = ended {
        return vec![
            Fact::at(entry, "the WebSocket was made to disappear", "WORKER-06"),
            Fact::at(at, "the worker in which the page ran has ended", "WORKER-06, WORKER-10"),
        ];
    }
    let mut facts = vec![Fact::at(entry, "the WebSocket was made to disappear", "DOC-04")];
    let becomes = story.documents.iter().find(|(at, ..)| *at > entry);
    facts.extend(becomes.map(|&(at, document, state)| match (state, document) {
        (DocumentState::Cached, _) => Fact::at(
            at,
            "its document went into the back/forward cache, which takes no open connection along",
            "DOC-15",
        ),
        (_, DocumentId::PAGE) => Fact::at(at, "its document was to be destroyed", "DOC-03"),
        _ => Fact::at(at, "the page removed the frame whose document it belongs to", "DOC-03"),
    }));
    let unload = story.unload.filter(|&at| at < entry);
    if becomes.is_none_or(|(_, document, _)| *document == DocumentId::PAGE) {
        facts.extend(unload.map(|at| Fact::at(at, "the page was navigated away from", "DOC-02")));
    }
    facts
}

/// What came first of all that leaves nobody to be told of what happens from `entry` on.
pub(super) fn silence(story: &Story<'_>, entry: usize) -> Option<Fact> {
    let worker = story.workers.first().map(|&(at, _)| {
        Fact::at(
            at,
            "the worker was closing, and its tasks are discarded from then on",
            "WORKER-02, WORKER-03",
        )
    });
    let document = story.documents.iter().find(|(.., state)| *state == DocumentState::Destroyed);
    let document = document.map(|&(at, ..)| {
        Fact::at(at, "its document was destroyed, and its tasks are removed without being run", "DOC-07")
    });
    let object = story.collected.map(|at| {
        Fact::at(at, "the WebSocket object was collected as garbage: only the peer notices", "GC-06")
    });
    let all = [worker, document, object].into_iter().flatten();
    all.filter(|fact| fact.entry.is_some_and(|at| at < entry)).min_by_key(|fact| fact.entry)
}

/// Where the document waits in the cache at the end of the trace, and its tasks with it.
pub(super) fn waiting(story: &Story<'_>) -> Option<Fact> {
    let &(at, _, state) = story.documents.last()?;
    (state == DocumentState::Cached)
        .then(|| Fact::at(at, "its document is in the back/forward cache, where its tasks wait", "DOC-08"))
}
