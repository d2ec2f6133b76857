//! The vendor's own lists of holidays, beside those of the tool: files `NAME.toml` in the folder
//! `calendars` of the vendor's folder.

use std::{fs, io, path::Path};

use octroi_vendor::calendar::{HOLIDAY_LIST_BYTES_MAX, HolidayList, HolidayLists};

use crate::{failure::Failure, files};

/// The folder of lists in the vendor's folder.
const FOLDER: &str = "calendars";
/// The most lists that are read.
const LISTS_MAX: usize = 100;

/// The lists that come with the tool, some of them replaced by the vendor's.
pub(crate) fn holiday_lists(keys: &Path) -> Result<HolidayLists, Failure> {
    let mut lists = HolidayLists::shipped();
    let folder = keys.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(lists),
        Err(error) => return Err(unreadable(&folder, error)),
    };
    for entry in entries.take(LISTS_MAX) {
        let path = entry.map_err(|error| unreadable(&folder, error))?.path();
        let id = path.file_stem().and_then(|stem| stem.to_str());
        let Some(id) = id.filter(|_| path.extension().is_some_and(|ending| ending == "toml"))
        else {
            continue;
        };
        let text = files::read_text(&path, HOLIDAY_LIST_BYTES_MAX)?;
        let list: HolidayList = text
            .parse()
            .map_err(|error| Failure::new(error).context(path.display().to_string()))?;
        lists.insert(id.to_owned(), list);
    }
    Ok(lists)
}

fn unreadable(folder: &Path, error: io::Error) -> Failure {
    Failure::new(error).context(folder.display().to_string())
}
