//! Plans as truth: what was planned on a format's grid, in frames and times of the file.

use super::{
    plan::{Format, GraphicPlan, ShotPlan},
    truth::{Medium, ScreenText, TruthAsset, TruthShot},
};

pub(super) fn blank(path: &str, title: &str, medium: Medium) -> TruthAsset {
    TruthAsset {
        path: path.to_owned(),
        copies: Vec::new(),
        medium,
        is_broken: false,
        title: title.to_owned(),
        duration_millis: 0,
        size: None,
        frames: None,
        shots: Vec::new(),
        utterances: Vec::new(),
        screen_text: Vec::new(),
        sounds: Vec::new(),
        highlights: Vec::new(),
        synchronous: Vec::new(),
        sidecars: Vec::new(),
    }
}

pub(super) fn shot_truth(shot: &ShotPlan, format: &Format) -> TruthShot {
    let half = shot.opening_frames / 2;
    TruthShot {
        first_frame: format.frames_before(shot.first),
        end_frame: format.frames_before(shot.end),
        start_millis: format.millis(shot.first),
        end_millis: format.millis(shot.end),
        opening_frames: format.frames_before(shot.first + half)
            - format.frames_before(shot.first - half),
        ..shot_truth_of_still(shot)
    }
}

pub(super) fn shot_truth_of_still(shot: &ShotPlan) -> TruthShot {
    TruthShot {
        first_frame: 0,
        end_frame: 1,
        start_millis: 0,
        end_millis: 0,
        opening: shot.opening,
        opening_frames: 0,
        scene: shot.scene.clone(),
        is_held_out: shot.scene.is_held_out(),
        captions: shot.captions.clone(),
        full_caption: shot.full_caption.clone(),
    }
}

pub(super) fn text_truth(graphic: &GraphicPlan, format: &Format) -> ScreenText {
    ScreenText {
        kind: graphic.kind,
        text: graphic.text.clone(),
        first_frame: format.frames_before(graphic.first),
        end_frame: format.frames_before(graphic.end),
        start_millis: format.millis(graphic.first),
        end_millis: format.millis(graphic.end),
        face: graphic.face,
        area: graphic.area,
    }
}
