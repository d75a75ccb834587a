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
    let claim = Claim::new(&dir).expect("nobody has it");
    assert!(matches!(Claim::new(&dir), Err(ClaimError::Taken(_))));
    drop(claim);
    let again = Claim::new(&dir).expect("nobody has it any more");
    assert_eq!(fs::read_dir(again.dir()).expect("it is there").count(), 1, "the lock and no probe");
    fs::remove_dir_all(dir).expect("it is there");
}

#[test]
fn a_folder_that_takes_no_file_is_not_taken() {
    let dir = directory("unwritable");
    fs::create_dir(dir.join(format!(".probe.{}", process::id()))).expect("there is room");
    assert!(matches!(Claim::new(&dir), Err(ClaimError::Unwritable(..))));
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
