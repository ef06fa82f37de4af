//! Plays and what was recorded of them: which transcripts in a folder are of a play, and what doubt finds by one.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use walkdir::WalkDir;

use super::explain::{ExplainFailure, plan_options, run_options};
use super::judging::JudgingArgs;
use super::problems::render_problems;
use super::select::{SelectError, Selected, read_back};
use crate::case::CaseId;
use crate::diagnostic::Color;
use crate::doubt::{Doubted, NotDoubted, Recording, doubt};
use crate::paths::ByTail;
use crate::plan::{self, PlanOptions};
use crate::runner::InRecordedOrder;
use crate::transcript::{RecastError, Transcript, TranscriptError};

/// Why a play is not doubted.
#[derive(Debug, Error)]
pub(super) enum DoubtFailure {
    #[error(transparent)]
    Unreadable(#[from] SelectError),
    #[error(transparent)]
    Script(#[from] ExplainFailure),
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
    #[error("{0}")]
    Kept(io::Error),
    #[error("cannot begin: {0}")]
    Runtime(#[from] io::Error),
    #[error("{0}: there is no transcript of it; run it with `--transcript`")]
    NoTranscript(CaseId),
    #[error("{case}: it does not fit its transcript: {source}")]
    Cast {
        case: CaseId,
        #[source]
        source: RecastError,
    },
    #[error("{case} is not doubted: {source}")]
    NotDoubted {
        case: CaseId,
        #[source]
        source: NotDoubted,
    },
    #[error("{0}")]
    Broken(String),
}

/// The transcripts in a folder, those of later attempts behind those of earlier ones.
#[derive(Debug, Default)]
pub(super) struct Transcripts(ByTail<Transcript>);

impl Transcripts {
    /// Those in a folder, and in the folders in it.
    pub(super) fn in_folder(folder: &Path) -> Result<Self, DoubtFailure> {
        let files = WalkDir::new(folder).sort_by_file_name().into_iter();
        let files = files.collect::<Result<Vec<_>, _>>();
        let files = files.map_err(|error| DoubtFailure::Kept(error.into()))?;
        let mut paths: Vec<PathBuf> = files.into_iter().map(|file| file.into_path()).collect();
        paths.retain(|path| path.extension().is_some_and(|own| own == "transcript"));
        paths.sort_by_key(|path| path.as_os_str().len());
        let mut transcripts = Self::default();
        for path in paths {
            let transcript = read_transcript(&path)?;
            let path = transcript.case.path().to_owned();
            transcripts.0.insert(&path, transcript);
        }
        Ok(transcripts)
    }

    /// Those of a play, the last one first: of a script at this path, or at the same one seen from elsewhere.
    pub(super) fn of<'t>(&'t self, selected: &'t Selected) -> impl Iterator<Item = &'t Transcript> {
        let case = &selected.script.case;
        let alike = self.0.find(case.path()).rev();
        alike.filter(|transcript| {
            selected.answers_to(&transcript.case)
                && case.row().is_some() == transcript.case.row().is_some()
        })
    }
}

/// Reads a transcript.
pub(super) fn read_transcript(path: &Path) -> Result<Transcript, DoubtFailure> {
    let file = read_back(path)?;
    Ok(Transcript::read(file.name(), file.text())?)
}

/// What doubt finds of a play by a transcript.
pub(super) async fn doubted(
    selected: &Selected,
    transcript: &Transcript,
    judging: &JudgingArgs,
    color: Color,
) -> Result<Doubted, DoubtFailure> {
    let case = || selected.script.case.clone();
    let source = &selected.script.source;
    let options = PlanOptions {
        claims: selected.claims.clone(),
        ..plan_options(judging, transcript)
    };
    let plan = plan::resolve(&selected.script, &options)
        .map_err(|problems| DoubtFailure::Broken(render_problems(source, &problems, color)))?;
    let moments = transcript.moments_for(&plan);
    let moments = moments.map_err(|source| DoubtFailure::Cast {
        case: case(),
        source,
    })?;
    let recording = Recording {
        plan: &InRecordedOrder::of(&plan),
        recorded: transcript.recorded(&moments),
        options: &run_options(&transcript.conditions),
    };
    let doubted = doubt(recording).await;
    doubted.map_err(|source| DoubtFailure::NotDoubted {
        case: case(),
        source,
    })
}
