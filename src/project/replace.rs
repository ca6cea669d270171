//! Puts the files of a plan in the place of the migration they were planned for.

use std::path::{Path, PathBuf};

use super::layouts::PlannedFile;
use super::{Layout, ProjectError, load};

/// Where the files of a plan belong.
#[derive(Debug)]
pub struct Place {
    /// The migrations folder.
    folder: PathBuf,
    /// The migration that is replaced, with the files that belong to it alone.
    original: Vec<PathBuf>,
    /// The versions that are taken.
    versions: Vec<String>,
}

impl Place {
    /// The place of a migration file in its folder.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn of(original: &Path, layout: &'static Layout) -> Result<Self, ProjectError> {
        let parent = |path: &Path| match path.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let own_folder = parent(original);
        let (folder, original) = if layout.folder_each {
            let names = ["up.sql", "down.sql", "metadata.toml", "migration.sql"];
            let mut files: Vec<_> = names.iter().map(|name| own_folder.join(name)).collect();
            files.retain(|file| file.exists());
            files.push(own_folder.clone());
            (parent(&own_folder), files)
        } else {
            (own_folder, vec![original.to_owned()])
        };
        let loaded = load(&folder, Some(layout))?;
        let all = loaded.migrations.into_iter().chain(loaded.down);
        Ok(Self {
            folder,
            original,
            versions: all.map(|one| one.version).collect(),
        })
    }

    /// The migrations folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The versions that are taken in that folder.
    pub fn versions(&self) -> Vec<&str> {
        self.versions.iter().map(String::as_str).collect()
    }

    /// The path of a planned file.
    pub fn path(&self, file: &PlannedFile) -> PathBuf {
        self.folder.join(&file.path)
    }

    /// Writes the files, then removes the migration they replace.
    ///
    /// # Errors
    /// A file of that name is there already, or cannot be written; the original is there still then.
    pub fn write(&self, files: &[PlannedFile]) -> Result<(), ProjectError> {
        let refused = |path: &Path, what| {
            let path = path.to_owned();
            move |source| ProjectError::Io { path, what, source }
        };
        for file in files {
            let path = self.path(file);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(refused(folder, "could not be made"))?;
            }
            let created = std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&path);
            let mut created = created.map_err(refused(&path, "could not be created"))?;
            std::io::Write::write_all(&mut created, file.text.as_bytes())
                .map_err(refused(&path, "could not be written"))?;
        }
        for path in &self.original {
            let removed = if path.is_dir() {
                std::fs::remove_dir(path)
            } else {
                std::fs::remove_file(path)
            };
            removed.map_err(refused(path, "could not be removed"))?;
        }
        Ok(())
    }
}
