//! One thread of a campaign: takes runs by the chunk, plays, judges and counts them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use wasclean_model::invariant::{INVARIANTS, Judgement};
use wasclean_model::scenario::Scenario;
use wasclean_model::trace::Trace;
use wasclean_model::world::Runner;

use crate::census::{Census, Tally};
use crate::digest::Hasher;
use crate::drawn::{STEPS_MAX, draw, finding};
use crate::finding::{Finding, Signature};
use crate::judge::Judge;
use crate::plan::Campaign;
use crate::relation::Relation;
use crate::report::{CampaignError, Kept};
use crate::seeded::Seeded;
use crate::watch::Place;

/// Runs that are handed out at once: enough that threads seldom meet, few enough that a stop is prompt.
pub(crate) const CHUNK: u64 = 512;

/// Runs that are drawn, then played, then judged together. Each of these uses about as much code as a core's first
/// cache has room for, so to take turns with every run would load it all anew each time.
const BATCH: usize = 16;

/// Entries that the memory of one run holds from chunk to chunk: several times what a usual run comes to.
const ENTRIES_KEPT: usize = 512;

/// A run that broke an invariant in a way that its thread had not seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    pub(crate) index: u64,
    pub(crate) invariant: usize,
    pub(crate) signature: Signature,
}

/// What came out of one chunk of runs.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) number: u64,
    pub(crate) census: Census,
    pub(crate) candidates: Vec<Candidate>,
}

/// What the threads of a campaign share.
pub(crate) struct Shared {
    campaign: Campaign,
    first: u64,
    end: u64,
    deadline: Option<Instant>,
    halt: AtomicBool,
    next_chunk: AtomicU64,
    /// For each invariant: whether enough was found that breaks it.
    closed: Vec<AtomicBool>,
    /// The candidates that some thread has saved, until they are shrunk; what was there of one stays known.
    saved: Mutex<BTreeMap<Signature, Option<Kept>>>,
    /// Where each thread is.
    places: Vec<Place>,
}

impl Shared {
    pub(crate) fn new(campaign: &Campaign, first: u64, end: u64, deadline: Option<Instant>) -> Self {
        Self {
            campaign: campaign.clone(),
            first,
            end,
            deadline,
            halt: AtomicBool::new(false),
            next_chunk: AtomicU64::new(0),
            closed: INVARIANTS.iter().map(|_| AtomicBool::new(false)).collect(),
            saved: Mutex::default(),
            places: (0..campaign.jobs.get()).map(|_| Place::new()).collect(),
        }
    }

    /// From now on no chunk is begun.
    pub(crate) fn halt(&self) {
        self.halt.store(true, Ordering::Relaxed);
    }

    /// Where each thread is.
    pub(crate) fn places(&self) -> &[Place] {
        &self.places
    }

    /// From now on nobody looks for runs that break this invariant; they are still counted.
    pub(crate) fn close(&self, invariant: usize) {
        self.closed[invariant].store(true, Ordering::Relaxed);
    }

    /// The run of this index, played once more, as a finding.
    pub(crate) fn finding(&self, index: u64) -> Option<Finding> {
        finding(self.campaign.seed, &self.campaign.profile, index)
    }

    fn saved(&self) -> MutexGuard<'_, BTreeMap<Signature, Option<Kept>>> {
        self.saved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on the candidate's file is not needed any more.
    pub(crate) fn settle(&self, signature: Signature) {
        let Some(kept) = self.saved().get_mut(&signature).and_then(Option::take) else { return };
        let Some(file) = kept.file else { return };
        // Somebody may have written into it meanwhile.
        if fs::read_to_string(&file).is_ok_and(|text| text == kept.text) {
            // What cannot be removed is one scenario too many, which does no harm.
            _ = fs::remove_file(file);
        }
    }

    /// The candidates that are saved and were not shrunk, in the order of their runs.
    pub(crate) fn unshrunk(&self) -> Vec<Kept> {
        let mut waiting: Vec<Kept> = self.saved().values().flatten().cloned().collect();
        waiting.sort_by_key(|kept| kept.index);
        waiting
    }

    /// The next chunk's number and runs.
    fn next(&self) -> Option<(u64, Range<u64>)> {
        let is_over = self.halt.load(Ordering::Relaxed)
            || self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if is_over {
            return None;
        }
        let number = self.next_chunk.fetch_add(1, Ordering::Relaxed);
        let begin = number.checked_mul(CHUNK)?.checked_add(self.first).filter(|&begin| begin < self.end)?;
        Some((number, begin..begin.saturating_add(CHUNK).min(self.end)))
    }
}

/// One run, on its way from its index to its judgement.
struct Run {
    index: u64,
    seeded: Seeded,
    scenario: Scenario,
    trace: Trace,
    /// The trace's entries as numbers, for the digest.
    words: Vec<[u64; 2]>,
    judgement: Judgement,
}

impl Run {
    fn new(campaign: &Campaign) -> Self {
        Self {
            index: 0,
            seeded: Seeded::new(campaign.seed),
            scenario: Scenario::default(),
            trace: Trace::new(),
            words: Vec::new(),
            judgement: Judgement::default(),
        }
    }

    /// Gives back the memory that only a long run needed, so that a campaign does not grow with its longest ones.
    fn give_back(&mut self) {
        if self.trace.entries.capacity() > ENTRIES_KEPT {
            (self.trace, self.words) = (Trace::new(), Vec::new());
        }
    }
}

/// One thread, with the memory that it uses for all its runs.
pub(crate) struct Worker {
    shared: Arc<Shared>,
    /// Which of the threads it is.
    number: usize,
    batch: Vec<Run>,
    runner: Runner,
    judge: Judge,
    hasher: Hasher,
    seen: BTreeSet<Signature>,
}

impl Worker {
    pub(crate) fn new(shared: Arc<Shared>, number: usize) -> Self {
        Self {
            number,
            batch: (0..BATCH).map(|_| Run::new(&shared.campaign)).collect(),
            runner: Runner::new(STEPS_MAX),
            judge: Judge::new(&shared.campaign.profile),
            hasher: Hasher::default(),
            seen: BTreeSet::new(),
            shared,
        }
    }

    /// Where this thread is.
    #[inline]
    fn place(&self) -> &Place {
        &self.shared.places[self.number]
    }

    pub(crate) fn work(mut self, sender: &SyncSender<Result<Chunk, CampaignError>>) {
        while let Some((number, runs)) = self.shared.next() {
            let begin = runs.start;
            self.place().set(begin);
            let chunk = catch_unwind(AssertUnwindSafe(|| self.chunk(number, runs)));
            let index = self.place().get().unwrap_or(begin);
            let result = chunk.unwrap_or(Err(CampaignError::Panic { index }));
            self.place().clear();
            let is_over = result.is_err();
            // Nobody listens any more only if the campaign is being torn down.
            if sender.send(result).is_err() || is_over {
                return;
            }
        }
    }

    fn chunk(&mut self, number: u64, runs: Range<u64>) -> Result<Chunk, CampaignError> {
        let mut chunk = Chunk { number, census: Census::default(), candidates: Vec::new() };
        let mut tally = Tally::default();
        let mut batch = std::mem::take(&mut self.batch);
        for begin in runs.clone().step_by(BATCH) {
            let indexes = begin..runs.end.min(begin.saturating_add(BATCH as u64));
            let used = batch.iter_mut().zip(indexes).map(|(run, index)| run.index = index).count();
            let batch = &mut batch[..used];
            for run in &mut *batch {
                self.place().set(run.index);
                draw(&mut run.seeded, &mut run.scenario, &self.shared.campaign.profile, run.index);
            }
            for run in &mut *batch {
                self.place().set(run.index);
                self.runner.run(&run.scenario, &mut run.seeded, &mut run.trace);
            }
            for run in &mut *batch {
                self.place().set(run.index);
                run.judgement =
                    self.judge.judge_with_words(&run.trace, &run.scenario.profile, &mut run.words);
            }
            for run in &mut *batch {
                self.place().set(run.index);
                self.count(run, &mut tally);
                chunk.candidates.extend(self.candidate(run)?);
            }
        }
        batch.iter_mut().for_each(Run::give_back);
        self.batch = batch;
        chunk.census = tally.finish();
        Ok(chunk)
    }

    /// Counts a run that was judged; one of the sample is judged by its relation first.
    fn count(&mut self, run: &mut Run, tally: &mut Tally) {
        let digest = self.hasher.run_of_words(run.index, &run.words, &run.trace.payloads);
        let relation = Relation::of_run(run.index).filter(|_| run.judgement.broken.is_none());
        if let Some(relation) = relation {
            tally.witness(relation.invariant());
            if relation.broken(&run.scenario).is_some() {
                let (trace, breach) = relation.breach(&run.scenario);
                (run.trace, run.judgement.broken) = (trace, Some(breach));
            }
        }
        tally.count(digest, self.hasher.kinds(), &run.judgement, run.seeded.asked());
    }

    /// What is to be saved of a run that was counted, if it broke something in a new way.
    fn candidate(&mut self, run: &Run) -> Result<Option<Candidate>, CampaignError> {
        let Some(breach) = run.judgement.broken else { return Ok(None) };
        let signature = Signature::new(&run.trace, breach);
        let candidate = Candidate { index: run.index, invariant: breach.invariant, signature };
        if !self.is_new(&candidate) {
            return Ok(None);
        }
        self.keep(&candidate)?;
        Ok(Some(candidate))
    }

    fn is_new(&mut self, candidate: &Candidate) -> bool {
        !self.shared.closed[candidate.invariant].load(Ordering::Relaxed)
            && self.seen.insert(candidate.signature)
    }

    /// Saves a candidate before anybody hears of it, so that it is not lost if the process is killed now.
    fn keep(&self, candidate: &Candidate) -> Result<(), CampaignError> {
        let Some(dir) = &self.shared.campaign.out else { return Ok(()) };
        if self.shared.saved().contains_key(&candidate.signature) {
            return Ok(());
        }
        let index = candidate.index;
        let finding = self.shared.finding(index).ok_or(CampaignError::Nondeterminism { index })?;
        let mut saved = self.shared.saved();
        if saved.contains_key(&candidate.signature) {
            return Ok(());
        }
        match finding.save(dir) {
            Ok(file) => {
                saved.insert(candidate.signature, Some(Kept::new(&finding, index, Some(file))));
                Ok(())
            }
            Err(error) => Err(CampaignError::Finding { dir: dir.clone(), error, finding: Box::new(finding) }),
        }
    }
}
