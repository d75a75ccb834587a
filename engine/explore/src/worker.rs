//! One thread of a campaign: takes runs by the chunk, plays, judges and counts them.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use wasclean_model::invariant::INVARIANTS;
use wasclean_model::scenario::Scenario;
use wasclean_model::scenario::generate::generate;
use wasclean_model::trace::Trace;
use wasclean_model::world::Runner;

use crate::campaign::{Campaign, CampaignError};
use crate::census::Census;
use crate::digest::Hasher;
use crate::finding::{Finding, Origin, Signature};
use crate::judge::Judge;
use crate::relation::Relation;
use crate::seeded::Seeded;

/// Runs that are handed out at once: enough that threads seldom meet, few enough that a stop is prompt.
pub(crate) const CHUNK: u64 = 512;

/// Steps and calls of one run. A page can go on for ever, by a timer that sets itself again; what there is to see in
/// it is seen in the beginning.
pub(crate) const STEPS_MAX: u32 = 1000;

/// A run that broke an invariant in a way that its thread had not seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    pub(crate) index: u64,
    pub(crate) invariant: usize,
    pub(crate) signature: Signature,
}

impl Candidate {
    /// The name under which it is saved until it is shrunk.
    pub(crate) fn file_name(&self) -> String {
        format!("{}-{}-unshrunk.toml", INVARIANTS[self.invariant].id, self.signature)
    }
}

/// What came out of one chunk of runs.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) number: u64,
    pub(crate) census: Census,
    pub(crate) candidates: Vec<Candidate>,
}

/// What the threads of a campaign share.
pub(crate) struct Shared<'a> {
    campaign: &'a Campaign,
    first: u64,
    end: u64,
    deadline: Option<Instant>,
    stop: &'a AtomicBool,
    halt: &'a AtomicBool,
    next_chunk: AtomicU64,
    /// For each invariant: whether enough was found that breaks it.
    closed: Vec<AtomicBool>,
    /// The signatures of candidates that some thread has saved.
    saved: Mutex<BTreeSet<Signature>>,
}

impl<'a> Shared<'a> {
    pub(crate) fn new(
        campaign: &'a Campaign,
        first: u64,
        end: u64,
        deadline: Option<Instant>,
        stop: &'a AtomicBool,
        halt: &'a AtomicBool,
    ) -> Self {
        Self {
            campaign,
            first,
            end,
            deadline,
            stop,
            halt,
            next_chunk: AtomicU64::new(0),
            closed: INVARIANTS.iter().map(|_| AtomicBool::new(false)).collect(),
            saved: Mutex::default(),
        }
    }

    /// From now on nobody looks for runs that break this invariant; they are still counted.
    pub(crate) fn close(&self, invariant: usize) {
        self.closed[invariant].store(true, Ordering::Relaxed);
    }

    /// The run of this index, played once more, as a finding.
    pub(crate) fn finding(&self, index: u64) -> Option<Finding> {
        let mut seeded = Seeded::new(self.campaign.seed);
        let mut scenario = Scenario::default();
        self.begin(&mut seeded, &mut scenario, index);
        let origin = Some(Origin { seed: self.campaign.seed, index });
        Finding::from_run(&scenario, &mut seeded, origin).or_else(|| {
            let relation = Relation::of_run(index)?;
            Finding::from_relation(&scenario, relation, origin)
        })
    }

    #[inline]
    fn begin(&self, seeded: &mut Seeded, scenario: &mut Scenario, index: u64) {
        seeded.begin_run(index);
        scenario.profile = self.campaign.profile;
        generate(scenario, seeded);
    }

    /// The next chunk's number and runs.
    fn next(&self) -> Option<(u64, std::ops::Range<u64>)> {
        let is_over = self.stop.load(Ordering::Relaxed)
            || self.halt.load(Ordering::Relaxed)
            || self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if is_over {
            return None;
        }
        let number = self.next_chunk.fetch_add(1, Ordering::Relaxed);
        let begin = number.checked_mul(CHUNK)?.checked_add(self.first).filter(|&begin| begin < self.end)?;
        Some((number, begin..begin.saturating_add(CHUNK).min(self.end)))
    }
}

/// One thread, with the memory that it uses for all its runs.
pub(crate) struct Worker<'a> {
    shared: &'a Shared<'a>,
    seeded: Seeded,
    scenario: Scenario,
    runner: Runner,
    trace: Trace,
    judge: Judge,
    hasher: Hasher,
    seen: BTreeSet<Signature>,
    /// The run under way, for the report of a panic.
    index: u64,
}

impl<'a> Worker<'a> {
    pub(crate) fn new(shared: &'a Shared<'a>) -> Self {
        Self {
            shared,
            seeded: Seeded::new(shared.campaign.seed),
            scenario: Scenario::default(),
            runner: Runner::new(STEPS_MAX),
            trace: Trace::new(),
            judge: Judge::new(&shared.campaign.profile),
            hasher: Hasher::default(),
            seen: BTreeSet::new(),
            index: 0,
        }
    }

    pub(crate) fn work(mut self, sender: &SyncSender<Result<Chunk, CampaignError>>) {
        while let Some((number, runs)) = self.shared.next() {
            let chunk = catch_unwind(AssertUnwindSafe(|| self.chunk(number, runs)));
            let result = chunk.unwrap_or(Err(CampaignError::Panic { index: self.index }));
            let is_over = result.is_err();
            // Nobody listens any more only if the campaign is being torn down.
            if sender.send(result).is_err() || is_over {
                return;
            }
        }
    }

    fn chunk(&mut self, number: u64, runs: std::ops::Range<u64>) -> Result<Chunk, CampaignError> {
        let mut chunk = Chunk { number, census: Census::default(), candidates: Vec::new() };
        for index in runs {
            self.index = index;
            self.shared.begin(&mut self.seeded, &mut self.scenario, index);
            self.runner.run(&self.scenario, &mut self.seeded, &mut self.trace);
            let mut judgement = self.judge.judge(&self.trace, &self.scenario.profile);
            let digest = self.hasher.run(index, &self.trace);
            let asked = self.seeded.asked();
            if let Some(relation) = Relation::of_run(index).filter(|_| judgement.broken.is_none()) {
                chunk.census.witnessed[relation.invariant()] += 1;
                if relation.broken(&self.scenario).is_some() {
                    let (trace, breach) = relation.breach(&self.scenario);
                    (self.trace, judgement.broken) = (trace, Some(breach));
                }
            }
            chunk.census.count(digest, self.hasher.kinds(), &judgement, asked);
            if let Some(breach) = judgement.broken {
                let signature = Signature::new(&self.trace, breach);
                let candidate = Candidate { index, invariant: breach.invariant, signature };
                if self.is_new(&candidate) {
                    self.keep(&candidate)?;
                    chunk.candidates.push(candidate);
                }
            }
        }
        Ok(chunk)
    }

    fn is_new(&mut self, candidate: &Candidate) -> bool {
        !self.shared.closed[candidate.invariant].load(Ordering::Relaxed)
            && self.seen.insert(candidate.signature)
    }

    /// Saves a candidate before anybody hears of it, so that it is not lost if the process is killed now.
    fn keep(&self, candidate: &Candidate) -> Result<(), CampaignError> {
        let Some(dir) = &self.shared.campaign.out else { return Ok(()) };
        let mut saved = self.shared.saved.lock().unwrap_or_else(PoisonError::into_inner);
        if !saved.insert(candidate.signature) {
            return Ok(());
        }
        let index = candidate.index;
        let finding = self.shared.finding(index).ok_or(CampaignError::Nondeterminism { index })?;
        match finding.save(dir) {
            Ok(_) => Ok(()),
            Err(error) => Err(CampaignError::Finding { dir: dir.clone(), error, finding: Box::new(finding) }),
        }
    }
}
