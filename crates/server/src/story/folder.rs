//! A folder that exists as long as the value that stands for it.
use crate::entropy::SystemEntropy;
use anyhow::Context as _;
use std::fs::{self, DirBuilder};
use std::io::{ErrorKind, Write as _, stderr};
use std::path::{Path, PathBuf};

/// Removed with everything in it when it is dropped, whatever happened meanwhile.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes one among the system's temporary files, for this user alone. An error when somebody else made it first.
    pub(super) fn make() -> anyhow::Result<Self> {
        let mut tag = [0; 8];
        SystemEntropy.fill(&mut tag);
        let path = std::env::temp_dir().join(format!("grantor-try-{:016x}", u64::from_be_bytes(tag)));
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&path)
            .with_context(|| format!("make the folder {}", path.display()))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                // Nobody is left to hand the error to.
                let _ = writeln!(stderr(), "grantor: {} is left behind: {error}", self.0.display());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_with_its_value_and_no_two_are_the_same() {
        let (one, other) = (Folder::make().unwrap(), Folder::make().unwrap());
        assert_ne!(one.path(), other.path());
        fs::create_dir(one.path().join("inner")).unwrap();
        fs::write(one.path().join("inner/file"), "x").unwrap();
        let paths = [one.path().to_owned(), other.path().to_owned()];
        assert!(paths.iter().all(|path| path.is_dir()));
        drop((one, other));
        assert!(!paths.iter().any(|path| path.exists()));
    }
}
