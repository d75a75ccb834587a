//! Room for the state of a campaign, in a folder that has one already.

use std::path::PathBuf;
use std::{fs, io};

use super::{FILE_NAME, State};
use crate::folder::{Claim, first_free, is_free};

impl Claim {
    /// Makes room for the state of another campaign: one that is not finished, or that cannot be read, is kept under
    /// another name, which is given back. A finished one comes again of its seed and is left to be replaced.
    ///
    /// # Errors
    ///
    /// What the file system says; the state is still there.
    pub fn make_room(&self) -> io::Result<Option<PathBuf>> {
        match State::load(self.dir()) {
            Ok(state) if state.is_complete() => Ok(None),
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

    #[test]
    fn only_a_finished_state_is_replaced() {
        let dir = std::env::temp_dir().join(format!("wasclean-room-{}", std::process::id()));
        _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).expect("a temporary directory");
        let claim = Claim::new(&dir).expect("nobody has it");
        let room = |state: &State| {
            state.save(&dir).expect("there is room");
            claim.make_room().expect("there is room")
        };
        let state = |goal| State::new(1, Profile::STANDARD, 0, goal);
        assert_eq!(claim.make_room().expect("there is nothing"), None);
        assert_eq!(room(&state(Some(0))), None, "it is finished");
        assert_eq!(room(&state(Some(7))), Some(dir.join("campaign.previous.json")));
        assert_eq!(room(&state(None)), Some(dir.join("campaign.previous-2.json")));
        for unreadable in ["", "{\"format\": 1,", "{\"format\":1,\"version\":\"0.0.0\"}"] {
            fs::write(dir.join(FILE_NAME), unreadable).expect("there is room");
            let kept = claim.make_room().expect("there is room").expect("it cannot be read");
            assert_eq!(fs::read_to_string(kept).expect("it is there"), unreadable);
        }
        assert!(dir.join("campaign.previous-5.json").exists());
        fs::remove_dir_all(dir).expect("it is there");
    }
}
