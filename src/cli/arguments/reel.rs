//! What may be typed after `reeldex reel`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::hand_over::{ExportArguments, RenderArguments};
use super::stretch::{Mark, Place, SectionText, duration, mark, place, rate, section, size};
use crate::{domain::Rational, reel::Order};

const NEW_HELP: &str = r#"Examples:
  reeldex reel new "boxing final, crowd roars" --length 3m
  reeldex reel new --length 60s --collection finals         the best there is in a collection
  reeldex reel new --length 90s --section 'opening:1=seen:"stadium from above"' \
      --section 'interview:2=has:speech said:gold' --section 'action=hits the gold'
  reeldex reel new gold --length 1m --must-have final.mp4@12.5-18 --must-not 0123abcd@0-30
"#;

/// `reeldex reel`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ReelArguments {
    #[command(subcommand)]
    pub(in crate::cli) command: ReelCommand,
}

/// What to do with reels.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ReelCommand {
    /// Compile a reel from a wish
    New(Box<NewArguments>),
    /// List the library's reels
    List,
    /// Tell what a reel shows
    Show(NamedReel),
    /// Tell why each pick is there, and draw the excitement of its sources
    Explain(ExplainArguments),
    /// Keep picks as they are in updates
    Lock(SomePicks),
    /// No longer keep picks
    Unlock(SomePicks),
    /// Take picks out; updates do not bring them back
    Drop(SomePicks),
    /// Put a pick elsewhere
    Move {
        #[command(flatten)]
        pick: OnePick,
        /// Its new position, from 1
        #[arg(value_name = "POSITION")]
        to: usize,
    },
    /// Begin or end a pick elsewhere
    Trim {
        #[command(flatten)]
        pick: OnePick,
        /// First frame: a number of frames, +N or -N, a timecode of the source, or a running time such as 1m2.5s
        #[arg(long = "in", value_name = "WHERE", value_parser = mark, allow_hyphen_values = true)]
        start: Option<Mark>,
        /// The first frame after it, in the same forms
        #[arg(long = "out", value_name = "WHERE", value_parser = mark, allow_hyphen_values = true)]
        end: Option<Mark>,
    },
    /// Melt a pick in from the one before
    Dissolve {
        #[command(flatten)]
        pick: OnePick,
        /// Over how long, such as 500ms; 0s for a cut
        #[arg(value_name = "LENGTH", value_parser = duration)]
        length: i64,
    },
    /// Show a pick slower: twice as long, its sound keeps its pitch; longer, it is silent
    Slow {
        #[command(flatten)]
        pick: OnePick,
        /// How many times as long: 2 to 8, or 1 for its own speed
        #[arg(value_name = "TIMES")]
        factor: u32,
        /// Estimate motion for the frames in between; else neighbours are mixed
        #[arg(long)]
        interpolate: bool,
    },
    /// Lay a line over the lower third of a pick
    Letter {
        #[command(flatten)]
        pick: OnePick,
        /// The line; none takes it away
        #[arg(value_name = "TEXT")]
        text: Option<String>,
    },
    /// Call a reel, or one of its picks, something else
    Rename {
        #[command(flatten)]
        reel: NamedReel,
        /// The new title or name
        #[arg(value_name = "NAME")]
        name: String,
        /// The pick's number [default: the reel itself]
        #[arg(long, value_name = "NUMBER")]
        pick: Option<u32>,
    },
    /// Put the next best moment in a pick's place
    Replace {
        #[command(flatten)]
        pick: OnePick,
        #[command(flatten)]
        weights: WeightsArguments,
    },
    /// Go back to the state before the last change
    Undo(NamedReel),
    /// Go forward again
    Redo(NamedReel),
    /// List all states of a reel
    History(NamedReel),
    /// Compile the same wish again, with locked picks kept, and show what would change
    Update {
        #[command(flatten)]
        reel: NamedReel,
        /// Keep the result as a new state of the reel, which `undo` takes back
        #[arg(long)]
        apply: bool,
        #[command(flatten)]
        weights: WeightsArguments,
    },
    /// Hand a reel over to an edit suite
    Export(ExportArguments),
    /// Render a reel into one file
    Render(RenderArguments),
}

/// A reel.
#[derive(Debug, Args)]
pub(in crate::cli) struct NamedReel {
    /// Name of a reel of the library, or a path that ends in .reel.json
    #[arg(value_name = "REEL")]
    pub(in crate::cli) reel: String,
}

/// A pick of a reel.
#[derive(Debug, Args)]
pub(in crate::cli) struct OnePick {
    /// Name of a reel of the library, or a path that ends in .reel.json
    #[arg(value_name = "REEL")]
    pub(in crate::cli) reel: String,
    /// The pick's number, which `reeldex reel show` tells
    #[arg(value_name = "PICK")]
    pub(in crate::cli) pick: u32,
}

/// Picks of a reel.
#[derive(Debug, Args)]
pub(in crate::cli) struct SomePicks {
    /// Name of a reel of the library, or a path that ends in .reel.json
    #[arg(value_name = "REEL")]
    pub(in crate::cli) reel: String,
    /// The picks' numbers, which `reeldex reel show` tells
    #[arg(value_name = "PICK", required = true)]
    pub(in crate::cli) picks: Vec<u32>,
}

/// How excitement is weighed.
#[derive(Debug, Args)]
pub(in crate::cli) struct WeightsArguments {
    /// File of the weights of excitement's signals [default: those that come along]
    #[arg(long, value_name = "FILE", env = "REELDEX_WEIGHTS")]
    pub(in crate::cli) weights: Option<PathBuf>,
}

/// `reeldex reel explain`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ExplainArguments {
    #[command(flatten)]
    pub(in crate::cli) reel: NamedReel,
    #[command(flatten)]
    pub(in crate::cli) weights: WeightsArguments,
}

/// `reeldex reel new`.
#[derive(Debug, Args)]
#[command(after_long_help = NEW_HELP)]
pub(in crate::cli) struct NewArguments {
    /// What to look for, as in `reeldex search` [default: the most exciting there is]
    #[arg(value_name = "QUERY")]
    pub(in crate::cli) query: Vec<String>,
    /// How long it may be at most, such as 90s or 1m30s
    #[arg(long, value_name = "LENGTH", value_parser = duration, env = "REELDEX_REEL_LENGTH")]
    pub(in crate::cli) length: i64,
    /// Show several cameras of the same instant
    #[arg(long)]
    pub(in crate::cli) all_angles: bool,
    /// Draw from this collection alone
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) collection: Option<String>,
    /// How much variety counts against value, 0 to 1
    #[arg(
        long,
        value_name = "0..1",
        default_value_t = 0.3,
        env = "REELDEX_REEL_DIVERSITY"
    )]
    pub(in crate::cli) diversity: f32,
    /// Replace a reel of the same name
    #[arg(long)]
    pub(in crate::cli) force: bool,
    /// A stretch to choose from, chosen by hand; may be repeated
    #[arg(long, value_name = "ASSET@START-END", value_parser = place)]
    pub(in crate::cli) given: Vec<Place>,
    /// How much material beside each end is kept for trimming
    #[arg(long, value_name = "LENGTH", value_parser = duration, default_value = "1s", env = "REELDEX_REEL_HANDLES")]
    pub(in crate::cli) handles: i64,
    /// The longest pick
    #[arg(long, value_name = "LENGTH", value_parser = duration, default_value = "12s", env = "REELDEX_REEL_LONGEST")]
    pub(in crate::cli) longest: i64,
    /// A stretch that must be in it; may be repeated
    #[arg(long, value_name = "ASSET@START-END", value_parser = place)]
    pub(in crate::cli) must_have: Vec<Place>,
    /// A stretch that must not be in it; may be repeated
    #[arg(long, value_name = "ASSET@START-END", value_parser = place)]
    pub(in crate::cli) must_not: Vec<Place>,
    /// What the reel is called in the library [default: after its query]
    #[arg(long, value_name = "NAME", conflicts_with = "output")]
    pub(in crate::cli) name: Option<String>,
    /// In which order picks are shown
    #[arg(
        long,
        value_name = "ORDER",
        default_value = "chronological",
        env = "REELDEX_REEL_ORDER"
    )]
    pub(in crate::cli) order: OrderValue,
    /// A file outside the library, ending in .reel.json
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Picks of one asset at most
    #[arg(long, value_name = "N")]
    pub(in crate::cli) per_asset: Option<u32>,
    /// Frames per second, such as 25, 23.976 or 30000/1001 [default: what most sources have]
    #[arg(long, value_name = "RATE", value_parser = rate, env = "REELDEX_REEL_RATE")]
    pub(in crate::cli) rate: Option<Rational>,
    /// A part with its own query and number of picks; `rest` or no number takes what the others leave; may be repeated
    #[arg(long, value_name = "NAME[:N][=QUERY]", value_parser = section)]
    pub(in crate::cli) section: Vec<SectionText>,
    /// What equal choices are decided by
    #[arg(long, value_name = "N", default_value_t = 0, env = "REELDEX_REEL_SEED")]
    pub(in crate::cli) seed: u64,
    /// The shortest pick
    #[arg(long, value_name = "LENGTH", value_parser = duration, default_value = "2s", env = "REELDEX_REEL_SHORTEST")]
    pub(in crate::cli) shortest: i64,
    /// Width and height in pixels [default: what most sources have]
    #[arg(long, value_name = "WxH", value_parser = size, env = "REELDEX_REEL_SIZE")]
    pub(in crate::cli) size: Option<(u32, u32)>,
    /// What people call it [default: its query]
    #[arg(long, value_name = "TITLE")]
    pub(in crate::cli) title: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) weights: WeightsArguments,
}

/// Values of `--order`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum OrderValue {
    /// By time of recording, then by file, then by running time
    Chronological,
    /// A strong opening, then rising to the greatest
    Dramatic,
    /// As given or found, best first
    Given,
}

impl From<OrderValue> for Order {
    fn from(value: OrderValue) -> Self {
        match value {
            OrderValue::Chronological => Self::Chronological,
            OrderValue::Dramatic => Self::Dramatic,
            OrderValue::Given => Self::Given,
        }
    }
}
