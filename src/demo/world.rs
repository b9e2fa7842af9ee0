//! The archive: every file of a plan is drawn, spoken, encoded and written down as truth.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use image::{DynamicImage, RgbaImage};
use tiny_skia::Pixmap;

use super::{
    encode::Encoder,
    error::DemoError,
    film::Projector,
    lettering::Fonts,
    plan::{FilmPlan, RecordingPlan, StillPlan, WorldPlan},
    record::{blank, shot_truth, shot_truth_of_still, text_truth},
    scenes::draw,
    truth::{Frames, Medium, Synchronous, TRUTH_FILE, TRUTH_FORMAT_VERSION, Truth, TruthAsset},
    voiceover::{Recorded, record, subtitles, within},
};

/// The folder of media below a world's.
const ARCHIVE: &str = "archive";

/// Holds raw sound until it is encoded.
const WORK: &str = ".work";

/// How much of a torn file is left: less than its index at the end needs.
const TORN_PER_CENT: usize = 55;

/// A world to generate.
#[derive(Debug, Clone)]
pub struct WorldRequest {
    /// A folder that is empty or does not exist yet.
    pub directory: PathBuf,
    /// The same seed and length make the same world.
    pub seed: u64,
    /// About that much video in all; a world of less than eight short films is not made.
    pub minutes: f64,
    /// Films drawn at the same time, at least 1.
    pub threads: usize,
}

/// How far a world is.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Pieces of work that are done.
    pub done: usize,
    /// Pieces of work in all.
    pub total: usize,
    /// What was finished just now, below the archive.
    pub path: String,
}

/// One piece of work.
enum Job<'a> {
    /// A film, and another one of the same event.
    Film(&'a FilmPlan, Option<&'a FilmPlan>),
    Recording(&'a RecordingPlan),
    Still(&'a StillPlan),
}

/// Renders an archive into `directory/archive` and its truth into `directory/truth.json`.
///
/// # Errors
/// When the folder holds something, a program, a library or a font is missing, or a file can't be
/// written.
pub fn generate(
    request: &WorldRequest,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Truth, DemoError> {
    let directory = &request.directory;
    let plan = WorldPlan::new(request.seed, request.minutes)?;
    let studio = Studio::open(directory)?;
    let second_camera = |number: usize| {
        plan.films
            .iter()
            .find(|film| film.twin_of.is_some_and(|(first, _)| first == number))
    };
    let films = plan.films.iter().enumerate();
    let mut jobs: Vec<Job> = films
        .filter(|(_, film)| film.twin_of.is_none())
        .map(|(number, film)| Job::Film(film, second_camera(number)))
        .collect();
    jobs.extend(plan.recordings.iter().map(Job::Recording));
    jobs.extend(plan.stills.iter().map(Job::Still));
    let mut assets = studio.work(&jobs, request.threads, progress)?;
    assets.push(studio.tear(&plan.broken.0, &plan.films[plan.broken.1])?);
    assets.sort_by(|one, other| one.path.cmp(&other.path));
    let truth = Truth {
        format_version: TRUTH_FORMAT_VERSION,
        seed: request.seed,
        minutes: request.minutes,
        assets,
    };
    let file = directory.join(TRUTH_FILE);
    let text = serde_json::to_string_pretty(&truth)
        .map_err(std::io::Error::from)
        .map_err(DemoError::file(&file))?;
    fs::write(&file, text + "\n").map_err(DemoError::file(&file))?;
    fs::remove_dir_all(&studio.work).map_err(DemoError::file(&studio.work))?;
    Ok(truth)
}

/// Where files go, and what they are made with.
struct Studio {
    archive: PathBuf,
    work: PathBuf,
    fonts: Fonts,
}

impl Studio {
    fn open(directory: &Path) -> Result<Self, DemoError> {
        let fonts = Fonts::of_this_machine()?;
        fs::create_dir_all(directory).map_err(DemoError::file(directory))?;
        let mut entries = fs::read_dir(directory).map_err(DemoError::file(directory))?;
        if entries.next().is_some() {
            return Err(DemoError::FolderInUse {
                path: directory.to_owned(),
            });
        }
        let work = directory.join(WORK);
        fs::create_dir(&work).map_err(DemoError::file(&work))?;
        Ok(Self {
            archive: directory.join(ARCHIVE),
            work,
            fonts,
        })
    }

    /// Does all jobs on some threads; the first error ends them.
    fn work(
        &self,
        jobs: &[Job],
        threads: usize,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Vec<TruthAsset>, DemoError> {
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let assets = Mutex::new(Vec::new());
        let failure = Mutex::new(None);
        std::thread::scope(|scope| {
            for _ in 0..threads.clamp(1, jobs.len().max(1)) {
                scope.spawn(|| {
                    while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                        match self.make(job) {
                            Ok(made) => {
                                progress(Progress {
                                    done: done.fetch_add(1, Ordering::Relaxed) + 1,
                                    total: jobs.len(),
                                    path: made[0].path.clone(),
                                });
                                let mut assets =
                                    assets.lock().unwrap_or_else(PoisonError::into_inner);
                                assets.extend(made);
                            }
                            Err(error) => {
                                next.store(jobs.len(), Ordering::Relaxed);
                                *failure.lock().unwrap_or_else(PoisonError::into_inner) =
                                    Some(error);
                            }
                        }
                    }
                });
            }
        });
        match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(assets.into_inner().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    fn make(&self, job: &Job) -> Result<Vec<TruthAsset>, DemoError> {
        match job {
            Job::Film(film, None) => Ok(vec![self.film(film, record(&film.soundtrack)?)?]),
            Job::Film(film, Some(second)) => {
                let offset_millis = second.twin_of.map_or(0, |(_, offset)| offset);
                let duration_millis = second.format.millis(second.length);
                let heard = record(&film.soundtrack)?;
                let later = heard.heard_from(offset_millis, duration_millis);
                let mut one = self.film(film, heard)?;
                let mut other = self.film(second, later)?;
                one.synchronous.push(Synchronous {
                    path: other.path.clone(),
                    start_millis: offset_millis,
                    end_millis: offset_millis + duration_millis,
                    offset_millis: -offset_millis,
                });
                other.synchronous.push(Synchronous {
                    path: one.path.clone(),
                    start_millis: 0,
                    end_millis: duration_millis,
                    offset_millis,
                });
                Ok(vec![one, other])
            }
            Job::Recording(plan) => Ok(vec![self.recording(plan)?]),
            Job::Still(plan) => Ok(vec![self.still(plan)?]),
        }
    }

    /// A path below the archive, in a folder that exists.
    fn place(&self, path: &str) -> Result<PathBuf, DemoError> {
        let place = self.archive.join(path);
        let folder = place.parent().unwrap_or(&self.archive);
        fs::create_dir_all(folder).map_err(DemoError::file(folder))?;
        Ok(place)
    }

    fn film(&self, plan: &FilmPlan, heard: Recorded) -> Result<TruthAsset, DemoError> {
        let format = &plan.format;
        let place = self.place(&plan.path)?;
        let sound = self.raw_sound(&plan.path, &heard.bytes)?;
        let upright = sound.with_extension(format.extension);
        let target = if format.is_turned { &upright } else { &place };
        let mut encoder = Encoder::film(plan, &sound, target)?;
        let mut projector = Projector::new(plan, &self.fonts)?;
        for frame in 0..plan.length {
            // A broken pipe means that `ffmpeg` has ended; it says why when it is asked.
            if !encoder.write(projector.frame(frame)) {
                break;
            }
        }
        encoder.finish()?;
        if format.is_turned {
            Encoder::turned(&upright, &plan.title, &place)?;
            fs::remove_file(&upright).map_err(DemoError::file(&upright))?;
        }
        fs::remove_file(&sound).map_err(DemoError::file(&sound))?;
        for copy in &plan.copies {
            let copy = self.place(copy)?;
            fs::copy(&place, &copy).map_err(DemoError::file(&copy))?;
        }
        let mut sidecars = Vec::new();
        if let Some(ending) = &plan.sidecar {
            let stem = plan.path.trim_end_matches(format.extension);
            let path = format!("{stem}{ending}");
            let place = self.place(&path)?;
            fs::write(&place, subtitles(&heard.utterances, ending))
                .map_err(DemoError::file(&place))?;
            sidecars.push(path);
        }
        let duration_millis = format.millis(plan.length);
        Ok(TruthAsset {
            copies: plan.copies.clone(),
            duration_millis,
            size: Some(format.size),
            frames: Some(Frames {
                count: format.frames_before(plan.length),
                rate: (format.rate.num, format.rate.den),
                is_variable: format.is_variable,
                start_timecode: format.start_timecode.map(str::to_owned),
                rotation_degrees: if format.is_turned { 90 } else { 0 },
            }),
            shots: plan
                .shots
                .iter()
                .map(|shot| shot_truth(shot, format))
                .collect(),
            screen_text: plan
                .graphics
                .iter()
                .map(|graphic| text_truth(graphic, format))
                .collect(),
            highlights: within(&plan.highlights, duration_millis),
            sidecars,
            utterances: heard.utterances,
            sounds: heard.sounds,
            ..blank(&plan.path, &plan.title, Medium::Video)
        })
    }

    fn raw_sound(&self, path: &str, bytes: &[u8]) -> Result<PathBuf, DemoError> {
        let sound = self.work.join(path.replace('/', "_") + ".raw");
        fs::write(&sound, bytes).map_err(DemoError::file(&sound))?;
        Ok(sound)
    }

    fn recording(&self, plan: &RecordingPlan) -> Result<TruthAsset, DemoError> {
        let heard = record(&plan.soundtrack)?;
        let sound = self.raw_sound(&plan.path, &heard.bytes)?;
        Encoder::recording(&sound, &plan.title, &self.place(&plan.path)?)?;
        fs::remove_file(&sound).map_err(DemoError::file(&sound))?;
        Ok(TruthAsset {
            duration_millis: plan.soundtrack.duration_millis,
            utterances: heard.utterances,
            sounds: heard.sounds,
            highlights: within(&plan.highlights, plan.soundtrack.duration_millis),
            ..blank(&plan.path, &plan.title, Medium::Audio)
        })
    }

    fn still(&self, plan: &StillPlan) -> Result<TruthAsset, DemoError> {
        let (width, height) = plan.size;
        let size = DemoError::Size { width, height };
        let mut pixmap = Pixmap::new(width, height).ok_or(size)?;
        let shot = &plan.shot;
        draw(
            &mut pixmap,
            &self.fonts,
            &shot.scene,
            &shot.look,
            plan.seconds,
        );
        let place = self.place(&plan.path)?;
        let picture = RgbaImage::from_raw(width, height, pixmap.take())
            .ok_or(DemoError::Size { width, height })?;
        DynamicImage::from(picture)
            .into_rgb8()
            .save(&place)
            .map_err(|source| DemoError::Still {
                path: place,
                source,
            })?;
        Ok(TruthAsset {
            size: Some(plan.size),
            shots: vec![shot_truth_of_still(shot)],
            ..blank(&plan.path, &plan.title, Medium::Image)
        })
    }

    /// A piece of a film, as an interrupted copy leaves it.
    fn tear(&self, path: &str, film: &FilmPlan) -> Result<TruthAsset, DemoError> {
        let whole = self.archive.join(&film.path);
        let bytes = fs::read(&whole).map_err(DemoError::file(&whole))?;
        let place = self.place(path)?;
        fs::write(&place, &bytes[..bytes.len() * TORN_PER_CENT / 100])
            .map_err(DemoError::file(&place))?;
        Ok(TruthAsset {
            is_broken: true,
            ..blank(path, &film.title, Medium::Video)
        })
    }
}
