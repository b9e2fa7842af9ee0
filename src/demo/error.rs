//! What can go wrong while a demo world is made.

use std::path::PathBuf;

use thiserror::Error;

use crate::fault::{Diagnose, ExitStatus, Fault};

/// Why a demo world, its scenes or its sentences could not be made.
#[derive(Debug, Error)]
pub enum DemoError {
    /// There is no font to write with.
    #[error("no TrueType font lies under /usr/share/fonts")]
    NoFonts,
    /// A font is damaged.
    #[error("the font can't be used: {}", path.display())]
    Font {
        /// The font.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: ab_glyph::InvalidFont,
    },
    /// A file can't be read or written.
    #[error("could not read or write {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A still could not be written.
    #[error("could not write the still {}", path.display())]
    Still {
        /// The file.
        path: PathBuf,
        /// What the encoder said.
        #[source]
        source: image::ImageError,
    },
    /// The folder already holds something.
    #[error("the folder is not empty: {}", path.display())]
    FolderInUse {
        /// The folder.
        path: PathBuf,
    },
    /// `ffmpeg` is not installed.
    #[error("the program `ffmpeg` could not be started")]
    NoFfmpeg {
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// `ffmpeg` ended with an error.
    #[error("`ffmpeg` could not encode {}: {message}", path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
        /// The last it said.
        message: String,
    },
    /// eSpeak NG is not installed or can't be used.
    #[error("the library of eSpeak NG could not be loaded")]
    NoSpeech {
        /// What the loader said.
        #[source]
        source: libloading::Error,
    },
    /// eSpeak NG refused.
    #[error("eSpeak NG refused to {action} (status {status})")]
    Speech {
        /// What it was asked for.
        action: String,
        /// What it answered.
        status: i32,
    },
    /// A grammar can't be read.
    #[error("the {language} grammar is not valid")]
    Grammar {
        /// Its language.
        language: &'static str,
        /// Where and what.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A grammar names a rule that it does not have.
    #[error("the {language} grammar has no alternatives for the rule `{rule}`")]
    GrammarRule {
        /// Its language.
        language: &'static str,
        /// The rule.
        rule: String,
    },
    /// A grammar's rules call each other without an end.
    #[error("the {language} grammar does not come to an end in the rule `{rule}`")]
    GrammarEndless {
        /// Its language.
        language: &'static str,
        /// The rule.
        rule: String,
    },
    /// A picture has no pixels.
    #[error("a picture of {width} × {height} pixels can't be drawn")]
    Size {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
}

impl DemoError {
    /// For `map_err` of reading and writing `path`.
    pub(super) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::File { path, source }
    }
}

impl Diagnose for DemoError {
    fn fault(&self) -> Fault {
        match self {
            Self::FolderInUse { .. } | Self::Size { .. } => Fault::User,
            Self::Grammar { .. } | Self::GrammarRule { .. } | Self::GrammarEndless { .. } => {
                Fault::Bug
            }
            _ => Fault::Environment,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoFonts => "fonts_missing",
            Self::Font { .. } => "font_invalid",
            Self::File { .. } => "file_unusable",
            Self::Still { .. } => "still_not_written",
            Self::FolderInUse { .. } => "folder_not_empty",
            Self::NoFfmpeg { .. } => "ffmpeg_missing",
            Self::Encoding { .. } => "encoding_failed",
            Self::NoSpeech { .. } => "espeak_missing",
            Self::Speech { .. } => "speech_failed",
            Self::Grammar { .. } => "grammar_invalid",
            Self::GrammarRule { .. } => "grammar_rule_missing",
            Self::GrammarEndless { .. } => "grammar_endless",
            Self::Size { .. } => "picture_size_invalid",
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoFonts | Self::Font { .. } => {
                "install fonts, on Debian with `apt-get install fonts-dejavu-core fonts-liberation2`"
            }
            Self::File { .. } | Self::Still { .. } => {
                "check that the folder exists, may be written and has space left"
            }
            Self::FolderInUse { .. } => "name a folder that is empty or does not exist yet",
            Self::NoFfmpeg { .. } => "install it, on Debian with `apt-get install ffmpeg`",
            Self::Encoding { .. } => {
                "check the space left, and that `ffmpeg -encoders` lists libx264, libmp3lame and flac"
            }
            Self::NoSpeech { .. } | Self::Speech { .. } => {
                "install it, on Debian with `apt-get install espeak-ng`"
            }
            Self::Size { .. } => "give a size of 16 to 4096 pixels",
            Self::Grammar { .. } | Self::GrammarRule { .. } | Self::GrammarEndless { .. } => {
                return None;
            }
        };
        Some(hint.to_owned())
    }

    fn exit_status(&self) -> ExitStatus {
        match self {
            Self::NoFonts | Self::NoFfmpeg { .. } | Self::NoSpeech { .. } => ExitStatus::Missing,
            _ => match self.fault() {
                Fault::User => ExitStatus::Usage,
                Fault::Environment | Fault::Bug => ExitStatus::Failed,
            },
        }
    }
}
