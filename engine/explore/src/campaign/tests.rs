use std::num::NonZeroUsize;
use std::path::PathBuf;

use wasclean_model::profile::Profile;
use wasclean_model::scenario::text;

use super::*;
use crate::finding::replay;
use crate::judge::untrue;
use crate::relation;
use crate::resume::MergeError;
use crate::worker::CHUNK;

fn campaign(runs: u64, jobs: usize) -> Campaign {
    Campaign {
        seed: 1,
        profile: Profile::STANDARD,
        begin: Begin::Run(0),
        until: Until::Run(runs),
        jobs: NonZeroUsize::new(jobs).expect("some jobs"),
        out: None,
    }
}

fn report(campaign: &Campaign) -> Report {
    campaign.run(&AtomicBool::new(false), &mut |_| ()).expect("nothing is saved")
}

fn directory(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("wasclean-{name}-{}", std::process::id()));
    _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).expect("a temporary directory");
    dir
}

#[test]
fn the_number_of_jobs_does_not_show_in_the_result() {
    let alone = report(&campaign(20_000, 1));
    assert_eq!(alone.census.runs, 20_000);
    assert_eq!(alone.end, End::Bound);
    for jobs in [2, 5] {
        let together = report(&campaign(20_000, jobs));
        assert_eq!(together.census, alone.census);
        assert_eq!(together.findings, alone.findings);
    }
}

#[test]
fn the_last_runs_that_there_are_are_played() {
    for (first, runs) in [(u64::MAX - 615, 614), (u64::MAX - 1_030, 1_030), (u64::MAX - 1, 1)] {
        let report = report(&Campaign { begin: Begin::Run(first), ..campaign(first + runs, 2) });
        assert_eq!((report.end, report.census.runs), (End::Bound, runs));
    }
}

#[test]
fn another_seed_is_another_campaign() {
    let other = Campaign { seed: 2, ..campaign(1_000, 1) };
    assert_ne!(report(&other).census.digest, report(&campaign(1_000, 1)).census.digest);
}

#[test]
fn a_resumed_campaign_comes_to_the_same() {
    let dir = directory("resume");
    let whole = report(&campaign(5_000, 2));
    let out = Some(dir.clone());
    report(&Campaign { out: out.clone(), ..campaign(2_345, 2) });
    let state = State::load(&dir).expect("it was saved");
    assert_eq!(state.next, 2_345);
    let resumed = report(&Campaign { begin: Begin::Resumed(Box::new(state)), out, ..campaign(5_000, 2) });
    assert_eq!(resumed.census, whole.census);
    assert_eq!((whole.runs_here, resumed.runs_here), (5_000, 5_000 - 2_345));
    let signatures =
        |report: &Report| -> Vec<_> { report.findings.iter().map(|kept| kept.signature).collect() };
    assert_eq!(signatures(&resumed), signatures(&whole));
    std::fs::remove_dir_all(dir).expect("it is there");
}

#[test]
fn a_stopped_campaign_says_so() {
    let stopped = campaign(1_000_000, 1).run(&AtomicBool::new(true), &mut |_| ()).expect("nothing is saved");
    assert_eq!((stopped.end, stopped.census.runs), (End::Interrupted, 0));
}

/// A campaign under the rule that does not hold.
fn untrue(runs: u64, jobs: usize, out: Option<PathBuf>) -> Campaign {
    Campaign { profile: untrue::PROFILE, out, ..campaign(runs, jobs) }
}

#[test]
fn each_finding_is_a_file_that_repeats_it() {
    let dir = directory("findings");
    let report = report(&untrue(5_000, 2, Some(dir.clone())));
    assert!(report.census.violations > 0 && !report.findings.is_empty(), "{:?}", report.census);
    for kept in &report.findings {
        let file = kept.file.as_ref().expect("it was saved");
        let saved = std::fs::read_to_string(file).expect("it is there");
        assert_eq!(saved, kept.text);
        let scenario = text::parse(&saved).expect("our own text");
        let replay = replay(&scenario);
        assert_eq!(replay.mismatch, None);
        assert_eq!(replay.judgement.broken.map(|breach| breach.entry), Some(kept.entry));
        assert!(kept.is_minimal, "{saved}");
    }
    let is_relational = |kept: &Kept| kept.invariant == relation::untrue::RELATION.id;
    assert!(report.findings.iter().any(is_relational) && !report.findings.iter().all(is_relational));
    let files = std::fs::read_dir(&dir).expect("it is there").count();
    assert_eq!(files, report.findings.len() + 1, "the findings, the state and nothing else");
    std::fs::remove_dir_all(dir).expect("it is there");
}

#[test]
fn findings_do_not_depend_on_the_number_of_jobs() {
    let alone = report(&untrue(5_000, 1, None));
    let together = report(&untrue(5_000, 4, None));
    assert!(!alone.findings.is_empty());
    assert_eq!(together.findings, alone.findings);
    assert_eq!(together.census, alone.census);
}

#[test]
fn a_finding_is_saved_before_it_is_told() {
    let dir = directory("before");
    let mut told = 0;
    let found = untrue(5_000, 2, Some(dir.clone())).run(&AtomicBool::new(false), &mut |event| {
        if let Event::Found(kept) = event {
            told += 1;
            assert!(kept.file.as_ref().is_some_and(|file| file.exists()));
        }
    });
    assert_eq!(found.expect("there is room").findings.len(), told);
    std::fs::remove_dir_all(dir).expect("it is there");
}

#[test]
fn findings_of_a_resumed_campaign_are_those_of_a_whole_one() {
    let dir = directory("resumed-findings");
    let whole = report(&untrue(5_000, 2, None));
    report(&untrue(1_000, 2, Some(dir.clone())));
    let begin = Begin::Resumed(Box::new(State::load(&dir).expect("it was saved")));
    let resumed = report(&Campaign { begin, ..untrue(5_000, 2, Some(dir.clone())) });
    let texts =
        |report: &Report| -> Vec<_> { report.findings.iter().map(|kept| kept.text.clone()).collect() };
    assert_eq!(texts(&resumed), texts(&whole));
    std::fs::remove_dir_all(dir).expect("it is there");
}

#[test]
fn a_finding_that_cannot_be_saved_comes_with_the_error() {
    let dir = directory("taken");
    let campaign = untrue(5_000, 2, Some(dir.clone()));
    for kept in report(&campaign).findings {
        std::fs::remove_file(kept.file.as_ref().expect("it was saved")).expect("it is there");
        // A directory has the name under which the file is written first.
        let first = format!(".{}.{}.tmp", kept.file_name(), std::process::id());
        std::fs::create_dir(dir.join(first)).expect("there is room");
    }
    let failed = campaign.run(&AtomicBool::new(false), &mut |_| ());
    let Err(failed) = failed else { panic!("a directory has its name") };
    let unshrunk = &failed.report.unshrunk;
    assert!(!unshrunk.is_empty(), "it was saved before it was shrunk");
    for kept in unshrunk {
        let saved = std::fs::read_to_string(kept.file.as_ref().expect("it was saved")).expect("it is there");
        assert_eq!((&saved, kept.is_minimal), (&kept.text, false));
        assert!(replay(&text::parse(&saved).expect("our own text")).judgement.broken.is_some());
    }
    std::fs::remove_dir_all(dir).expect("it is there");
    let CampaignError::Finding { finding, .. } = failed.error else { panic!("{failed}") };
    assert!([untrue::ID, relation::untrue::RELATION.id].contains(&finding.invariant_id()));
    assert!(text::parse(&finding.to_text()).is_ok());
}

#[test]
fn a_finding_that_somebody_has_written_into_stays_as_it_is() {
    let dir = directory("edited");
    let campaign = untrue(5_000, 2, Some(dir.clone()));
    let first = report(&campaign).findings.remove(0);
    let file = first.file.expect("it was saved");
    let edited = format!("# Seen in the wild.\n{}", first.text);
    std::fs::write(&file, &edited).expect("there is room");
    assert_eq!(report(&campaign).findings[0].file.as_ref(), Some(&file));
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), edited);
    let other = "format = 1\n";
    std::fs::write(&file, other).expect("there is room");
    let second = report(&campaign).findings.remove(0);
    let beside = second.file.expect("it was saved");
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), other);
    assert_eq!(std::fs::read_to_string(&beside).expect("it is there"), second.text);
    assert!(beside.display().to_string().ends_with("-2.toml"), "{}", beside.display());
    std::fs::remove_dir_all(dir).expect("it is there");
}

/// What is saved before it is shrunk is removed afterwards, but not with the words of somebody who was quick.
#[test]
fn a_file_that_somebody_has_written_into_before_it_was_shrunk_stays() {
    let dir = directory("quick");
    let mut edited = None;
    let found = untrue(5_000, 1, Some(dir.clone())).run(&AtomicBool::new(false), &mut |event| {
        if edited.is_none() && matches!(event, Event::Found(_)) {
            let paths =
                std::fs::read_dir(&dir).expect("it is there").map(|entry| entry.expect("it is").path());
            let path = paths.into_iter().find(|path| path.to_string_lossy().ends_with("-unshrunk.toml"));
            let path = path.expect("what is shrunk was saved");
            std::fs::write(&path, "# Seen in the wild.\n").expect("there is room");
            edited = Some(path);
        }
    });
    assert!(!found.expect("there is room").findings.is_empty());
    let edited = std::fs::read_to_string(edited.expect("something is found"));
    assert_eq!(edited.expect("it is still there"), "# Seen in the wild.\n");
    std::fs::remove_dir_all(dir).expect("it is there");
}

#[test]
fn the_findings_of_a_folder_that_was_moved_are_in_it() {
    let (dir, moved) = (directory("before-move"), directory("after-move"));
    let found = report(&untrue(2_000, 2, Some(dir.clone()))).findings;
    assert!(found.len() > 1, "{found:?}");
    std::fs::remove_dir(&moved).expect("it is empty");
    std::fs::rename(&dir, &moved).expect("it is there");
    let name =
        |kept: &Kept| kept.file.as_ref().and_then(|file| file.file_name()).expect("it was saved").to_owned();
    std::fs::remove_file(moved.join(name(&found[0]))).expect("it is there");
    let edited = "# Seen in the wild.\nformat = 1\n".to_owned();
    std::fs::write(moved.join(name(&found[1])), &edited).expect("there is room");
    let begin = Begin::Resumed(Box::new(State::load(&moved).expect("it was saved")));
    let resumed = report(&Campaign { begin, ..untrue(2_000, 2, Some(moved.clone())) }).findings;
    assert_eq!(resumed.len(), found.len());
    for (kept, before) in resumed.iter().zip(&found) {
        assert_eq!(kept.file, Some(moved.join(name(before))));
    }
    let text = |kept: &Kept| {
        std::fs::read_to_string(kept.file.as_ref().expect("it was saved")).expect("it is there")
    };
    assert_eq!((text(&resumed[0]), text(&resumed[1])), (found[0].text.clone(), edited));
    std::fs::remove_dir_all(moved).expect("it is there");
}

#[test]
fn a_run_without_an_end_ends_the_campaign() {
    let dir = directory("endless");
    let out = Some(dir.clone());
    let campaign = Campaign { profile: relation::untrue::ENDLESS, out, ..campaign(5_000, 2) };
    let failed = campaign.run_watched(&AtomicBool::new(false), &mut |_| (), 20);
    let state = State::load(&dir).expect("it was saved");
    std::fs::remove_dir_all(dir).expect("it is there");
    let Err(failed) = failed else { panic!("it came to its end") };
    let CampaignError::Hang { index } = failed.error else { panic!("{failed}") };
    assert_eq!(relation::Relation::of_run(index).map(|it| it.id), Some(relation::untrue::RELATION.id));
    assert_eq!((failed.report.end, state.next), (End::Failed, failed.report.runs_here));
    assert_eq!(state.next, index - index % CHUNK, "the chunks before that of the run count");
}

#[test]
fn a_campaign_that_could_not_be_resumed_does_not_begin() {
    let dir = directory("gone");
    std::fs::remove_dir_all(&dir).expect("it is there");
    let failed = untrue(5_000, 2, Some(dir)).run(&AtomicBool::new(false), &mut |_| ());
    let Err(failed) = failed else { panic!("there is no such directory") };
    assert!(matches!(failed.error, CampaignError::State { .. }), "{failed}");
    assert_eq!((failed.report.runs_here, failed.report.findings.len()), (0, 0));
}

/// Its time is over when the run is given up, but whoever has the folder next must not take it for a finished one.
#[test]
fn a_campaign_that_could_not_go_on_is_not_finished_when_its_time_is_over() {
    let dir = directory("hang-in-time");
    let until = Until::Time(Duration::from_millis(200));
    let id = |run: u64| relation::Relation::of_run(run).map(|it| it.id);
    let first = (0..).find(|&run| id(run) == Some(relation::untrue::RELATION.id)).expect("it has its turn");
    let out = Some(dir.clone());
    let hangs = Campaign { profile: relation::untrue::ENDLESS, until, out, ..campaign(0, 1) };
    let begin = Begin::Run(first);
    let failed = Campaign { begin, ..hangs }.run_watched(&AtomicBool::new(false), &mut |_| (), 4);
    let state = State::load(&dir).expect("it was saved");
    std::fs::remove_dir_all(dir).expect("it is there");
    assert!(matches!(failed.expect_err("it has no end").error, CampaignError::Hang { .. }));
    assert!(!state.is_complete());
}

/// The runs from `first` on, before `end`, of a campaign that finds something.
fn part(first: u64, end: u64) -> State {
    let dir = directory(&format!("part-{first}-{end}"));
    report(&Campaign { begin: Begin::Run(first), ..untrue(end, 2, Some(dir.clone())) });
    let state = State::load(&dir).expect("it was saved");
    std::fs::remove_dir_all(dir).expect("it is there");
    state
}

#[test]
fn parts_of_a_campaign_come_to_the_same_as_the_whole() {
    let whole = part(0, 6_000);
    let parts = [part(4_096, 6_000), part(0, 1_500), part(1_500, 4_096)];
    let merged = State::merge(parts.to_vec()).expect("they are of one campaign");
    assert_eq!(merged.missing, []);
    assert_eq!(merged.state.census, whole.census);
    assert_eq!((merged.state.first, merged.state.next), (0, 6_000));
    let found = |state: &State| -> Vec<_> {
        state.findings.iter().map(|kept| (kept.index, kept.signature, kept.text.clone())).collect()
    };
    assert!(!whole.findings.is_empty());
    let kept = found(&merged.state);
    assert!(found(&whole).iter().all(|finding| kept.contains(finding)), "{kept:?}");
}

#[test]
fn parts_together_keep_as_many_findings_of_an_invariant_as_one_campaign() {
    let (mut one, mut other) = (part(0, 700), part(700, 1_400));
    let found = one.findings.first().expect("the rule is untrue").clone();
    let numbered = |index: u64, invariant: &str| Kept {
        index,
        invariant: invariant.to_owned(),
        signature: serde_json::from_value(index.into()).expect("a number"),
        ..found.clone()
    };
    one.findings = (0..7).map(|index| numbered(index, untrue::ID)).collect();
    other.findings = (700..707).map(|index| numbered(index, untrue::ID)).collect();
    other.findings.extend([numbered(710, "INV-20"), numbered(711, "INV-20")]);
    let merged = State::merge(vec![other, one]).expect("they are of one campaign").state;
    let kept: Vec<u64> = merged.findings.iter().map(|kept| kept.index).collect();
    assert_eq!(kept, [0, 1, 2, 3, 4, 5, 6, 700, 710, 711]);
}

#[test]
fn what_no_part_has_played_is_told() {
    let one = part(0, 700);
    let other = part(1_500, 2_000);
    let merged = State::merge(vec![other.clone(), one.clone()]).expect("they are of one campaign");
    assert_eq!((merged.missing.len(), merged.missing[0].clone()), (1, 700..1_500));
    assert_eq!((merged.missing_count(), merged.state.census.runs), (800, 1_200));
    let mut dead = other.clone();
    dead.next = 1_700;
    let missing = State::merge(vec![dead, one.clone()]).expect("they still are").missing;
    assert_eq!(missing, [700..1_500, 1_700..2_000]);

    let refused = |change: fn(&mut State)| {
        let mut changed = other.clone();
        change(&mut changed);
        State::merge(vec![one.clone(), changed]).expect_err("they are not of one campaign")
    };
    assert_eq!(refused(|part| part.seed = 9), MergeError::Seeds { parts: [0, 1], seeds: [1, 9] });
    assert_eq!(refused(|part| part.profile = Profile::STANDARD), MergeError::Profiles { parts: [0, 1] });
    assert_eq!(refused(|part| part.first = 699), MergeError::Overlap { parts: [0, 1], runs: 699..700 });
    assert_eq!(State::merge(vec![]), Err(MergeError::Nothing));
}
