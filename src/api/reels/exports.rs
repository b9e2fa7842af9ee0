//! Reels handed over: files for edit suites, subtitle tools and paper.

use std::io::{Cursor, Write};

use axum::{
    body::Body,
    extract::{Path, Query as Parameters, State, rejection::QueryRejection},
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::making::read_reel;
use crate::{
    api::{
        access::Caller,
        endpoint::{Content, Endpoint, Routes},
        error::Problem,
        state::Shared,
    },
    reel::{
        Check, Whereabouts,
        export::{ExportSettings, Exported, Format, export},
        file_stem, rights,
    },
};

/// What a format could not say exactly, one header for each, UTF-8 percent-encoded.
const WARNING: HeaderName = HeaderName::from_static("reeldex-warning");
/// More of them would fill the head of an answer.
const MOST_WARNINGS: usize = 20;

/// Those of all formats, without what follows them.
const MEDIA_TYPES: [&str; 8] = [
    "application/vnd.pixar.opentimelineio+json",
    "application/x-subrip",
    "application/xml",
    "application/zip",
    "text/csv",
    "text/html",
    "text/plain",
    "text/vtt",
];

pub(super) fn routes() -> Routes {
    let give = Endpoint::get(
        "/reels/{name}/export/{format}",
        "The reel for an edit suite, as subtitles or as a shot list; several files come as a ZIP archive",
        Content::OneOf(&MEDIA_TYPES),
    );
    Routes::default().add(give.parameters::<ExportSettings>(), give_out)
}

async fn give_out(
    State(state): State<Shared>,
    caller: Caller,
    Path((name, format)): Path<(String, String)>,
    settings: Result<Parameters<ExportSettings>, QueryRejection>,
) -> Result<Response, Problem> {
    let Parameters(settings) = settings.map_err(|error| Problem::bad_request(error.body_text()))?;
    let format = Format::from_name(&format).ok_or_else(|| {
        let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
        Problem::not_found("there is no such format").hint(format!("one of {}", names.join(", ")))
    })?;
    // Sources whose time has changed are hashed.
    let exported = state.on_a_core(move |state, library| {
        let (_, reel) = read_reel(state, &name)?;
        rights::check(&reel, library.store.catalog())?;
        let mut whereabouts = Whereabouts::of(library.store.catalog(), &reel, Check::Stamp)?;
        if !caller.sees_paths() {
            whereabouts = whereabouts.without_folders();
        }
        Ok(export(
            &reel,
            &file_stem(&reel.title),
            format,
            &whereabouts,
            &settings,
        )?)
    });
    answer(exported.await?, format)
}

fn answer(exported: Exported, format: Format) -> Result<Response, Problem> {
    let Exported { files, warnings } = exported;
    let (name, kind, bytes) = match <[_; 1]>::try_from(files) {
        Ok([(name, bytes)]) => (name, format.media_type(), bytes),
        Err(files) => {
            let first = files.first().ok_or_else(Problem::broken)?;
            let stem = first.0.rsplit_once('.').map_or(&*first.0, |(stem, _)| stem);
            let name = format!("{stem}.{}.zip", format.name());
            (name, "application/zip", packed(&files)?)
        }
    };
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_DISPOSITION, saved_as(&name)?);
    // A shot list to print is a page, and never one of this site.
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'"),
    );
    for warning in warnings.iter().take(MOST_WARNINGS) {
        if let Ok(value) = HeaderValue::from_str(&percent_encoded(warning)) {
            headers.append(WARNING, value);
        }
    }
    Ok(response)
}

fn packed(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, Problem> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let mut pack = || {
        for (name, bytes) in files {
            archive.start_file(name.as_str(), SimpleFileOptions::default())?;
            archive.write_all(bytes)?;
        }
        Ok::<_, std::io::Error>(())
    };
    pack().map_err(|_| Problem::broken())?;
    let bytes = archive.finish().map_err(|_| Problem::broken())?;
    Ok(bytes.into_inner())
}

/// A `Content-Disposition` after RFC 6266 and RFC 8187: the name itself in UTF-8, and one of plain
/// letters for those who don't read it.
pub(super) fn saved_as(name: &str) -> Result<HeaderValue, Problem> {
    let plain: String = name
        .chars()
        .map(|sign| match sign {
            '"' | '\\' | '/' | '%' | ';' => '_',
            sign if sign.is_ascii_graphic() || sign == ' ' => sign,
            _ => '_',
        })
        .collect();
    let full = percent_encoded(name);
    HeaderValue::from_str(&format!(
        "attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"
    ))
    .map_err(|_| Problem::broken())
}

pub(super) fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_every_format_is_documented() {
        for format in Format::ALL {
            let kind = format.media_type().split(';').next().unwrap();
            assert!(MEDIA_TYPES.contains(&kind), "{kind}");
        }
    }

    #[test]
    fn any_name_is_a_header_that_says_nothing_else() {
        for (name, header) in [
            (
                "Finale.otio",
                "attachment; filename=\"Finale.otio\"; filename*=UTF-8''Finale.otio",
            ),
            (
                "\"Größte\" Ü/..\r\nX: y;.edl",
                "attachment; filename=\"_Gr__te_ __..__X: y_.edl\"; filename*=UTF-8''%22Gr%C3%B6%C3%9Fte%22%20%C3%9C%2F..%0D%0AX%3A%20y%3B.edl",
            ),
        ] {
            assert_eq!(saved_as(name).unwrap(), header);
        }
    }
}
