//! What a layout is recognised by: the names of files, and how they begin.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

/// Enough for a licence before the first line that a tool reads.
const HEAD: u64 = 4096;

/// Files of a folder that are looked into; tools that mark their files mark each of them.
const LOOKED_INTO: usize = 8;

/// A file that may belong to a layout.
#[derive(Debug, Clone, Copy)]
pub(in crate::project) struct Candidate<'a> {
    pub(in crate::project) path: &'a Path,
    /// Its text, where it is at hand.
    pub(in crate::project) text: Option<&'a str>,
}

impl Candidate<'_> {
    /// How the file begins; nothing where it cannot be read.
    fn head(&self) -> Cow<'_, str> {
        if let Some(text) = self.text {
            return Cow::Borrowed(text);
        }
        let mut bytes = Vec::new();
        let file = std::fs::File::open(self.path);
        // Whoever reads the whole file says what is wrong with it.
        let _unread = file.and_then(|file| file.take(HEAD).read_to_end(&mut bytes));
        Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Whether one of the files has a line, near its beginning, of which that is true.
pub(super) fn any_line(files: &[Candidate<'_>], is: impl Fn(&str) -> bool) -> bool {
    let heads = files.iter().take(LOOKED_INTO).map(Candidate::head);
    heads.into_iter().any(|head| head.lines().any(&is))
}

/// Whether the nearest folder above the files that holds one of these manifests holds that one.
pub(super) fn nearest_manifest(files: &[Candidate<'_>], manifest: &str, others: &[&str]) -> bool {
    let Some(path) = files.first().and_then(|file| file.path.canonicalize().ok()) else {
        return false;
    };
    let mut folders = path.ancestors().skip(1);
    let decided = folders.find_map(|folder| {
        let own = folder.join(manifest).exists();
        (own || others.iter().any(|other| folder.join(other).exists())).then_some(own)
    });
    decided.unwrap_or(false)
}
