//! What has to be done, decided from what is known and what was found; nothing here touches a disk.

use std::{collections::HashMap, ffi::OsString, path::PathBuf};

use super::scan::FoundFile;
use crate::{
    domain::{AssetKey, Step, StepOutcome, StepRecord},
    media::FileStamp,
};

/// What the catalogue knows of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFile {
    /// The asset found there; `None` for a file that is known not to be media.
    pub asset: Option<AssetKey>,
    /// What the file system said when it was read.
    pub stamp: FileStamp,
    /// Digest of its subtitle files.
    pub companions: String,
    /// Whether it was gone at the last scan.
    pub is_missing: bool,
}

/// What a scan means for the library.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ScanPlan {
    /// Files whose content has to be read: new ones and changed ones.
    pub to_read: Vec<FoundFile>,
    /// Known files, with assets, whose subtitle files changed.
    pub companions_changed: Vec<(AssetKey, FoundFile)>,
    /// Known files with assets that came back where they had been.
    pub returned: Vec<(AssetKey, FoundFile)>,
    /// Known paths where nothing lies now.
    pub missing: Vec<PathBuf>,
    /// Files that are as they were.
    pub unchanged: u64,
}

impl ScanPlan {
    /// Compares what was found with what is known of the same places, by path as a whole: hashing
    /// paths part by part takes longer than looking at the files.
    pub fn new(found: Vec<FoundFile>, mut known: HashMap<OsString, KnownFile>) -> Self {
        let mut plan = Self::default();
        for file in found {
            match known.remove(file.path.as_os_str()) {
                Some(before) if before.stamp == file.stamp => match before.asset {
                    Some(asset) if before.is_missing => plan.returned.push((asset, file)),
                    Some(asset) if before.companions != file.companions => {
                        plan.companions_changed.push((asset, file));
                    }
                    _ => plan.unchanged += 1,
                },
                _ => plan.to_read.push(file),
            }
        }
        plan.missing = known
            .into_iter()
            .filter(|(_, before)| !before.is_missing)
            .map(|(path, _)| path.into())
            .collect();
        plan.missing.sort();
        plan
    }
}

/// A step as this run would do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedStep {
    /// Which step.
    pub step: Step,
    /// Model, version and settings its result would depend on.
    pub version: String,
}

/// The steps to run for one asset, in pipeline order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StepPlan(Vec<Step>);

impl StepPlan {
    /// Decides from what was recorded which of the `wanted` steps have to run.
    ///
    /// A step is stale when it has no record or its record was made by another version. A failed
    /// one is left alone until the file, the version or `retry_failed` says otherwise: trying again
    /// what can't succeed would make every run as slow as the first. What follows from a stale step
    /// is stale too, and pictures are decoded anew for every step that looks at them.
    pub fn new(wanted: &[WantedStep], records: &[StepRecord], retry_failed: bool) -> Self {
        let is_stale = |wanted: &WantedStep| {
            records
                .iter()
                .find(|record| record.step == wanted.step)
                .is_none_or(|record| {
                    record.version != wanted.version
                        || (retry_failed && matches!(record.outcome, StepOutcome::Failed { .. }))
                })
        };
        let is_wanted = |step: Step| wanted.iter().any(|wanted| wanted.step == step);
        let mut stale: Vec<Step> = wanted
            .iter()
            .filter(|wanted| is_stale(wanted))
            .map(|wanted| wanted.step)
            .collect();
        let has = |stale: &[Step], any: &[Step]| any.iter().any(|step| stale.contains(step));
        let add = |stale: &mut Vec<Step>, step: Step| {
            if is_wanted(step) && !stale.contains(&step) {
                stale.push(step);
            }
        };
        if has(&stale, &[Step::Probe]) {
            wanted
                .iter()
                .for_each(|wanted| add(&mut stale, wanted.step));
        }
        if has(&stale, &PICTURE_STEPS) {
            PICTURE_STEPS
                .into_iter()
                .for_each(|step| add(&mut stale, step));
        }
        if has(&stale, &[Step::ScreenText, Step::Subtitles, Step::Speech]) {
            add(&mut stale, Step::Passage);
        }
        stale.sort();
        Self(stale)
    }

    /// Every wanted step.
    pub fn all(wanted: &[WantedStep]) -> Self {
        Self::new(wanted, &[], false)
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether a step is among them.
    pub fn has(&self, step: Step) -> bool {
        self.0.contains(&step)
    }

    /// Whether any of these is among them.
    pub fn has_any(&self, steps: &[Step]) -> bool {
        steps.iter().any(|step| self.has(*step))
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The steps that look at the same decoded pictures.
pub(crate) const PICTURE_STEPS: [Step; 4] =
    [Step::Shots, Step::ScreenText, Step::Picture, Step::Tags];

/// The steps that listen to the same decoded sound.
pub(crate) const SOUND_STEPS: [Step; 2] = [Step::Sound, Step::Speech];

/// One text for all wanted steps: assets settled under the same text need no look at their records.
pub(crate) fn signature(wanted: &[WantedStep]) -> String {
    let mut hasher = blake3::Hasher::new();
    for wanted in wanted {
        hasher.update(wanted.step.name().as_bytes());
        hasher.update(&[0]);
        hasher.update(wanted.version.as_bytes());
        hasher.update(&[0]);
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, size: u64) -> FoundFile {
        FoundFile {
            path: path.into(),
            stamp: FileStamp {
                size,
                mtime_nanos: 1,
                inode: 1,
                device: 1,
            },
            companions: String::new(),
        }
    }

    fn known(asset: Option<i64>, size_bytes: u64, is_missing: bool) -> KnownFile {
        KnownFile {
            asset: asset.map(AssetKey),
            stamp: found("", size_bytes).stamp,
            companions: String::new(),
            is_missing,
        }
    }

    fn wanted(version: &str) -> Vec<WantedStep> {
        Step::ALL
            .map(|step| WantedStep {
                step,
                version: format!("{step} {version}"),
            })
            .into()
    }

    fn record(step: Step, version: &str, outcome: StepOutcome) -> StepRecord {
        StepRecord {
            step,
            outcome,
            version: format!("{step} {version}"),
            took_millis: 1,
        }
    }

    #[test]
    fn only_new_and_changed_files_are_read() {
        let plan = ScanPlan::new(
            vec![
                found("same", 1),
                found("changed", 2),
                found("new", 3),
                found("back", 4),
                found("text", 5),
            ],
            HashMap::from([
                ("same".into(), known(Some(1), 1, false)),
                ("changed".into(), known(Some(2), 9, false)),
                ("back".into(), known(Some(3), 4, true)),
                ("gone".into(), known(Some(4), 1, false)),
                ("long gone".into(), known(Some(5), 1, true)),
                ("text".into(), known(None, 5, false)),
            ]),
        );
        let read: Vec<_> = plan
            .to_read
            .iter()
            .map(|file| file.path.to_str().unwrap())
            .collect();
        assert_eq!(read, ["changed", "new"]);
        assert_eq!(plan.missing, [PathBuf::from("gone")]);
        assert_eq!(plan.returned.len(), 1);
        assert_eq!(plan.unchanged, 2);
    }

    #[test]
    fn a_new_model_runs_its_own_step_and_what_follows_from_it() {
        let records: Vec<_> = Step::ALL
            .map(|step| record(step, "1", StepOutcome::Done))
            .into();
        assert!(StepPlan::new(&wanted("1"), &records, false).is_empty());
        let mut wanted = wanted("1");
        wanted[7].version = "speech 2".into();
        assert_eq!(
            StepPlan::new(&wanted, &records, false).steps(),
            [Step::Speech, Step::Passage]
        );
        wanted[3].version = "picture 2".into();
        assert_eq!(
            StepPlan::new(&wanted, &records, false).steps(),
            [
                Step::Shots,
                Step::ScreenText,
                Step::Picture,
                Step::Tags,
                Step::Speech,
                Step::Passage
            ]
        );
    }

    #[test]
    fn a_failed_step_waits_for_a_retry() {
        let failed = StepOutcome::Failed {
            reason: "x".into(),
            hint: None,
        };
        let mut records: Vec<_> = Step::ALL
            .map(|step| record(step, "1", StepOutcome::Done))
            .into();
        records[5] = record(Step::Sound, "1", failed);
        assert!(StepPlan::new(&wanted("1"), &records, false).is_empty());
        assert_eq!(
            StepPlan::new(&wanted("1"), &records, true).steps(),
            [Step::Sound]
        );
    }

    #[test]
    fn the_signature_tells_versions_apart() {
        assert_eq!(signature(&wanted("1")), signature(&wanted("1")));
        assert_ne!(signature(&wanted("1")), signature(&wanted("2")));
    }
}
