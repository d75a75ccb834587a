use super::*;

fn directory(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("wasclean-folder-{name}-{}", process::id()));
    _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).expect("a temporary directory");
    dir
}

#[test]
fn a_folder_is_taken_once_at_a_time() {
    let dir = directory("taken");
    for work in [Work::Campaign, Work::Triage] {
        fs::create_dir_all(&dir).expect("a temporary directory");
        is_taken_once(&dir, work);
    }
}

#[track_caller]
fn is_taken_once(dir: &Path, work: Work) {
    let folder = LockedFolder::new(dir, work).expect("nobody has it");
    assert!(matches!(LockedFolder::new(dir, work), Err(LockError::Taken(_, by)) if by == work));
    drop(folder);
    let again = LockedFolder::new(dir, work).expect("nobody has it any more");
    assert_eq!(fs::read_dir(again.dir()).expect("it is there").count(), 1, "the lock and no probe");
    fs::remove_dir_all(dir).expect("it is there");
}

/// The files of a campaign and those of a triage have other names.
#[test]
fn a_campaign_and_a_triage_may_have_one_folder() {
    let dir = directory("both");
    let campaign = LockedFolder::new(&dir, Work::Campaign).expect("nobody has it");
    assert!(LockedFolder::new(&dir, Work::Triage).is_ok());
    drop(campaign);
    fs::remove_dir_all(dir).expect("it is there");
}

/// Whoever has the old file open still reads the whole of it, so it was not written into.
#[test]
fn a_file_is_replaced_as_a_whole() {
    let dir = directory("whole");
    let path = dir.join("a.toml");
    write_whole(&path, b"old").expect("there is room");
    let before = File::open(&path).expect("it is there");
    write_whole(&path, b"a new one").expect("there is room");
    assert_eq!(io::read_to_string(before).expect("it can be read"), "old");
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "a new one");
    assert_eq!(fs::read_dir(&dir).expect("it is there").count(), 1, "nothing else is left");
    fs::remove_dir_all(dir).expect("it is there");
}

#[test]
fn a_folder_that_takes_no_file_is_not_taken() {
    let dir = directory("unwritable");
    fs::create_dir(dir.join(format!(".probe.{}", process::id()))).expect("there is room");
    assert!(matches!(LockedFolder::new(&dir, Work::Campaign), Err(LockError::Unwritable(..))));
    fs::remove_dir_all(dir).expect("it is there");
}

#[test]
fn a_name_that_is_taken_is_numbered() {
    let names = |path: &str| -> Vec<String> {
        numbered(Path::new(path)).take(3).map(|path| path.display().to_string()).collect()
    };
    assert_eq!(names("a/b.c.json"), ["a/b.c.json", "a/b.c-2.json", "a/b.c-3.json"]);
    assert_eq!(names("world-INV-07"), ["world-INV-07", "world-INV-07-2", "world-INV-07-3"]);
}
