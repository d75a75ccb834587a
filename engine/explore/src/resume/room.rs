//! Room for the state of a campaign, in a folder that has one already.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::{fs, io};

use super::{FILE_NAME, State};
use crate::folder::{LockedFolder, first_free, is_free};

/// The name of the state of the last campaign that was finished before the one that has the folder now.
const LAST_NAME: &str = "campaign.last.json";

/// Whether a campaign saves states under names like this, which are no findings.
#[must_use]
pub fn is_state(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let number = name.strip_prefix("campaign.previous").and_then(|rest| rest.strip_suffix(".json"));
    let is_number = |text: &str| text.parse::<u64>().is_ok();
    name == FILE_NAME
        || name == LAST_NAME
        || number.is_some_and(|text| text.is_empty() || text.strip_prefix('-').is_some_and(is_number))
}

impl LockedFolder {
    /// Makes room for the state of another campaign: one that is not finished, or that cannot be read, is kept under a
    /// name that is free, which is given back. One that is finished takes the place of the one that was finished before
    /// it: whoever begins a campaign every night in one folder finds no more in it for that, and whoever did not mean
    /// to still has the last one.
    ///
    /// # Errors
    ///
    /// What the file system says; the state is still there.
    pub fn make_room(&self) -> io::Result<Option<PathBuf>> {
        match State::load(self.dir()) {
            Ok(state) if state.is_complete() => {
                fs::rename(self.dir().join(FILE_NAME), self.dir().join(LAST_NAME)).map(|()| None)
            }
            Ok(_) | Err(_) => self.set_aside(),
        }
    }

    /// Keeps the state that is in the folder, if there is one, under the first name that is free.
    ///
    /// # Errors
    ///
    /// What the file system says; the state is still there.
    pub fn set_aside(&self) -> io::Result<Option<PathBuf>> {
        let state = self.dir().join(FILE_NAME);
        if is_free(&state) {
            return Ok(None);
        }
        let kept = first_free(&self.dir().join("campaign.previous.json"));
        fs::rename(state, &kept)?;
        Ok(Some(kept))
    }
}

#[cfg(test)]
mod tests {
    use wasclean_model::profile::Profile;

    use super::*;
    use crate::folder::Work;

    #[test]
    fn states_are_told_by_their_names() {
        for name in
            ["campaign.json", "campaign.last.json", "campaign.previous.json", "campaign.previous-12.json"]
        {
            assert!(is_state(OsStr::new(name)), "{name}");
        }
        for name in
            ["campaign", "campaign.previous-x.json", "campaign.previous-2", "previous.json", "INV-20-ab.toml"]
        {
            assert!(!is_state(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn only_a_finished_state_is_replaced() {
        let dir = std::env::temp_dir().join(format!("wasclean-room-{}", std::process::id()));
        _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).expect("a temporary directory");
        let folder = LockedFolder::new(&dir, Work::Campaign).expect("nobody has it");
        let room = |state: &State| {
            state.save(&dir).expect("there is room");
            folder.make_room().expect("there is room")
        };
        let state = |goal| State::new(1, Profile::STANDARD, 0, goal);
        assert_eq!(folder.make_room().expect("there is nothing"), None);
        let over = |seed| State { is_time_over: true, ..State::new(seed, Profile::STANDARD, 0, None) };
        let last = || fs::read_to_string(dir.join(LAST_NAME)).expect("it is there");
        assert_eq!(room(&over(1)), None, "its time is over");
        let one = last();
        assert_eq!(room(&state(Some(0))), None, "it is finished");
        assert_eq!(room(&over(2)), None, "its time is over");
        assert_ne!(last(), one, "the last one is kept");
        let names = fs::read_dir(&dir).expect("it is there").count();
        assert_eq!(names, 2, "the lock and the last one");
        assert_eq!(room(&state(Some(7))), Some(dir.join("campaign.previous.json")));
        let more_time = State { is_time_over: true, ..state(Some(7)) };
        assert!(!more_time.is_complete(), "it had time and has runs to play");
        assert_eq!(room(&state(None)), Some(dir.join("campaign.previous-2.json")));
        for unreadable in ["", "{\"format\": 1,", "{\"format\":1,\"version\":\"0.0.0\"}"] {
            fs::write(dir.join(FILE_NAME), unreadable).expect("there is room");
            let kept = folder.make_room().expect("there is room").expect("it cannot be read");
            assert_eq!(fs::read_to_string(kept).expect("it is there"), unreadable);
        }
        assert!(dir.join("campaign.previous-5.json").exists());
        fs::remove_dir_all(dir).expect("it is there");
    }
}
