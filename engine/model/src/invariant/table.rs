//! The table of all invariants, and for each kind of entry the code that judges it.

use super::{Context, Invariant, Monitor, Set, Verdict, other};
use super::{
    close_event, conversion, dispatch, endpoint, handshake, lifecycle, lifetime, page_call, task, wire,
    written,
};

macro_rules! table {
    ($($document:ident :: $monitor:ident),+ $(,)?) => {
        #[allow(clippy::enum_variant_names, reason = "the names are those of the invariants")]
        enum Index { $($monitor),+, End }

        /// How many invariants are judged entry by entry; they come first in the table.
        pub(super) const MONITOR_COUNT: usize = Index::End as usize;

        const COUNT: usize = MONITOR_COUNT + other::ROWS.len();

        const TABLE: [Invariant; COUNT] = {
            const MONITORS: [Invariant; MONITOR_COUNT] =
                [$(<$document::$monitor as Monitor>::INVARIANT),+];
            let mut table = [MONITORS[0]; COUNT];
            let mut index = 0;
            while index < COUNT {
                table[index] = if index < MONITOR_COUNT {
                    MONITORS[index]
                } else {
                    other::ROWS[index - MONITOR_COUNT]
                };
                index += 1;
            }
            table
        };

        /// All invariants: first those that are judged entry by entry, then those that have harnesses of their own.
        pub const INVARIANTS: &[Invariant] = &TABLE;

        /// What holds and what is broken at an entry of the kind with this number: only what looks at such entries.
        // One copy for each kind of entries is what makes it fast, here and where this attribute stands again; tests
        // do without, and are compiled sooner by a fifth.
        #[cfg_attr(not(debug_assertions), inline(always))]
        pub(super) fn judge_kind<const KIND: u8>(context: &Context<'_>) -> (Set, Set) {
            let mut held = Set::default();
            let mut broken = Set::default();
            $(
                if const { <$document::$monitor as Monitor>::AT.has_number(KIND) } {
                    match <$document::$monitor as Monitor>::judge(context) {
                        Verdict::Vacuous => {}
                        Verdict::Holds => held.insert(Index::$monitor as usize),
                        Verdict::Broken => broken.insert(Index::$monitor as usize),
                    }
                }
            )+
            (held, broken)
        }
    };
}

table! {
    wire::FramesAreThoseOfTheBytes,
    wire::ErrorsAreSticky,
    wire::CloseBody,
    wire::FailuresAreJustified,
    wire::OffencesAreNoticed,
    wire::WrittenFramesAreWellFormed,
    written::OneCloseFrame,
    written::NoDataAfterClose,
    written::SilenceAfterFailure,
    wire::NothingReceivedAfterTheEnd,
    written::WrittenCodes,
    endpoint::FirstCloseCounts,
    endpoint::CompletedIsClosed,
    endpoint::CloseIsWritten,
    endpoint::PingIsAnswered,
    endpoint::ProtocolStateIsMonotone,
    endpoint::WeEndTcpForAReason,
    written::NoFrameBeforeEstablished,
    handshake::OneHandshakeAtATime,
    handshake::AllowedRequests,
    handshake::EstablishedByAValidResponse,
    wire::MessagesAreWhole,
    wire::DataIsOfItsKind,
    written::EchoIsVerbatim,
    written::FailureCode,
    written::OwnCloseIsAsAsked,
    endpoint::TcpEndsAsItWasEnded,
    endpoint::TimersKeepTheirTime,
    task::ReadyStateChangesInTasks,
    task::QueueingOrder,
    task::NothingQueuedAfterClosed,
    task::TasksRunInOrder,
    lifetime::OnlyActiveDocumentsRun,
    lifetime::QueuedTasksRun,
    lifetime::NoLivelock,
    lifetime::DestroyedDocumentsAreSilent,
    lifetime::ClosingWorkersAreSilent,
    task::NoEventInsideCalls,
    task::CheckpointAfterTasks,
    task::CheckpointBetweenListeners,
    conversion::ValuesAreConverted,
    page_call::CloseArgumentsAreChecked,
    task::TimersFireWhenDue,
    task::OneTaskAtATime,
    task::TasksDoTheirWork,
    task::TasksCallTheirFunction,
    endpoint::FullEndsTcp,
    endpoint::WhatThePeerWroteIsRead,
    page_call::CloseDispatch,
    lifecycle::LiteralOpenGoesBack,
    page_call::SendThrowsInConnecting,
    lifecycle::ReadyStateIsWhatItWasSetTo,
    lifecycle::EventsFireOnce,
    lifecycle::ErrorThenClose,
    lifecycle::ErrorIffFailed,
    lifecycle::ClosedInErrorAndClose,
    lifecycle::OpenInOpenAndMessage,
    lifecycle::NoMessageAfterClose,
    lifecycle::ReadyStateNeverDecreases,
    page_call::ClosedIsFinal,
    page_call::ClosingAfterClose,
    page_call::ThrowingCloseChangesNothing,
    task::EachStateHasItsTask,
    close_event::TimeStampsAreRight,
    close_event::EventAttributesAreRight,
    close_event::NeverCanceled,
    close_event::AbnormalIsUnclean,
    close_event::NoStatusIsAnEmptyClose,
    close_event::CleanIffCompleted,
    close_event::CodeAndReasonAreReceived,
    close_event::UncleanWithACode,
    close_event::NoCloseIs1006,
    close_event::ReasonIsShortText,
    close_event::CodeIsAccepted,
    handshake::NotEstablishedOutcome,
    close_event::TlsCodeIsReceived,
    lifecycle::EveryConnectionEnds,
    lifecycle::CloseCallEnds,
    lifecycle::AttributesAreSetOnce,
    page_call::BufferedAmount,
    written::SentDataPrecedesClose,
    lifecycle::ScriptedEventsChangeNothing,
    page_call::CallsAreNested,
    dispatch::ListenersInOrder,
    dispatch::OncePerPass,
    dispatch::RemovedIsNotCalled,
    dispatch::ListsAreClonedPerPass,
    dispatch::StoppedIsStopped,
    dispatch::ThrowingChangesNothing,
    dispatch::ReportsAreFired,
    dispatch::CanceledAsAsked,
    dispatch::CurrentTargetIsTheSocket,
    dispatch::EventsSayWhereTheyAre,
    dispatch::ScriptedEventsAreAsMade,
    dispatch::HandlerValueIsCurrent,
    lifetime::UnloadingInOrder,
    lifetime::GoneMeansGoingAway,
    lifetime::CollectedIfUnheard,
    handshake::ConstructorArgumentsAreChecked,
    handshake::ConstructorTellsNothing,
}
