//! What may be typed after `reeldex demo` and `reeldex eval`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::demo::{Language, Split};

/// `reeldex demo`.
#[derive(Debug, Args)]
pub(in crate::cli) struct DemoArguments {
    #[command(subcommand)]
    pub(in crate::cli) command: DemoCommand,
}

/// What to make.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum DemoCommand {
    /// Render a sports archive into DIR/archive, and what is in it into DIR/truth.json
    Generate {
        /// A folder that is empty or does not exist yet
        #[arg(value_name = "DIR")]
        directory: PathBuf,
        /// The same seed makes the same world
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
        /// About that much video in all
        #[arg(long, value_name = "M", default_value_t = 10.0)]
        minutes: f64,
    },
    /// Draw still scenes with captions: raw RGB into FILE, a line of JSON each into FILE.jsonl
    Scenes {
        /// The raw pictures
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The same seed draws the same scenes
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
        /// How many
        #[arg(long, value_name = "K", default_value_t = 1000)]
        count: u64,
        /// Width and height in pixels
        #[arg(long, value_name = "PIXELS", default_value_t = 128)]
        size: u32,
        /// Which combinations of kind, colour and shot size
        #[arg(long, value_name = "SPLIT", default_value = "train")]
        split: DemoSplit,
    },
    /// Write sentences of commentators, one a line
    Sentences {
        /// The text file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The same seed writes the same sentences
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
        /// How many
        #[arg(long, value_name = "K", default_value_t = 1000)]
        count: u64,
        /// In which language
        #[arg(long, value_name = "CODE", default_value = "en")]
        language: DemoLanguage,
    },
}

/// Values of `--split`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum DemoSplit {
    /// For training
    Train,
    /// Kept out of training
    HeldOut,
}

/// Values of `--language` of `reeldex demo sentences`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum DemoLanguage {
    /// English
    En,
    /// French
    Fr,
}

impl From<DemoSplit> for Split {
    fn from(split: DemoSplit) -> Self {
        match split {
            DemoSplit::Train => Self::Train,
            DemoSplit::HeldOut => Self::HeldOut,
        }
    }
}

impl From<DemoLanguage> for Language {
    fn from(language: DemoLanguage) -> Self {
        match language {
            DemoLanguage::En => Self::English,
            DemoLanguage::Fr => Self::French,
        }
    }
}

/// `reeldex eval`.
#[derive(Debug, Args)]
pub(in crate::cli) struct EvalArguments {
    /// Measure from where on a likeness of the picture and the passage model is no chance, and keep that with them
    #[arg(long)]
    pub(in crate::cli) calibrate: bool,
    /// Where scenes and sentences come from; training has seen none of any seed
    #[arg(
        long,
        value_name = "N",
        default_value_t = 9001,
        env = "REELDEX_EVAL_SEED"
    )]
    pub(in crate::cli) seed: u64,
    /// How many times 200 descriptions are asked
    #[arg(
        long,
        value_name = "N",
        default_value_t = 5,
        env = "REELDEX_EVAL_GROUPS"
    )]
    pub(in crate::cli) groups: usize,
    /// How many sentences are spoken in each language, each three times
    #[arg(
        long,
        value_name = "N",
        default_value_t = 100,
        env = "REELDEX_EVAL_SENTENCES"
    )]
    pub(in crate::cli) sentences: u32,
    /// Measure reels instead, on generated worlds below this folder; worlds and libraries that are there
    /// already are used again
    #[arg(long, value_name = "DIR", env = "REELDEX_EVAL_REELS")]
    pub(in crate::cli) reels: Option<PathBuf>,
    /// How many worlds reels are made of, from --seed on
    #[arg(
        long,
        value_name = "N",
        default_value_t = 3,
        requires = "reels",
        env = "REELDEX_EVAL_WORLDS"
    )]
    pub(in crate::cli) worlds: u64,
    /// How many minutes of video each of them has
    #[arg(
        long,
        value_name = "N",
        default_value_t = 12.0,
        requires = "reels",
        env = "REELDEX_EVAL_MINUTES"
    )]
    pub(in crate::cli) minutes: f64,
    /// How many reels of different wishes are made of all of them to look at their cuts
    #[arg(
        long,
        value_name = "N",
        default_value_t = 200,
        requires = "reels",
        env = "REELDEX_EVAL_VARIED"
    )]
    pub(in crate::cli) varied: usize,
    /// Weights of excitement in place of those that come with the program
    #[arg(long, value_name = "FILE", requires = "reels", env = "REELDEX_WEIGHTS")]
    pub(in crate::cli) weights: Option<PathBuf>,
    /// Pack of models
    #[arg(long, value_name = "PACK", env = "REELDEX_MODELS")]
    pub(super) models: Option<String>,
    /// Model for pictures and their descriptions [default: the first installed]
    #[arg(long, value_name = "NAME", env = "REELDEX_PICTURE_MODEL")]
    pub(super) picture_model: Option<String>,
    /// Model for speech [default: the first installed]
    #[arg(long, value_name = "NAME", env = "REELDEX_SPEECH_MODEL")]
    pub(super) speech_model: Option<String>,
}
