//! A disk in memory that fails on demand. Faults that it knows: a write that stops after any number
//! of bytes (short, with an error, or because the process dies), a sync that fails and, as Linux
//! does, forgets which pages it did not write; a full disk; a read-only one; loss of everything that
//! was not synced, sector by sector.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Arc, Mutex},
};

use octroid::ledger::{Access, Disk, LedgerFile};

use crate::samples::Dice;

const SECTOR_BYTES: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Torn {
    /// The write says how little it wrote.
    Short,
    /// The write fails.
    Error,
    /// The process dies: nothing works until the disk is looked at anew.
    Death,
}

#[derive(Debug, Clone, Default)]
struct Inode {
    /// As a living kernel shows it.
    current: Vec<u8>,
    /// As it stands on the platter.
    durable: Vec<u8>,
    /// Sectors that the next sync writes.
    dirty: BTreeSet<usize>,
    allocated: u64,
}

#[derive(Debug, Clone)]
struct State {
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    inodes: Vec<Inode>,
    capacity: u64,
    allocation_supported: bool,
    torn: Option<(usize, Torn)>,
    sync_fails: bool,
    mode: Mode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Sound,
    ReadOnly,
    /// The process died: whatever it still tries fails.
    Dead,
}

impl State {
    fn used(&self) -> u64 {
        let used = |inode: &Inode| inode.allocated.max(wide(inode.current.len()));
        self.inodes.iter().map(used).sum()
    }

    fn alive(&self) -> io::Result<()> {
        if self.mode == Mode::Dead {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(())
    }

    fn writable(&self) -> io::Result<()> {
        self.alive()?;
        if self.mode == Mode::ReadOnly {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        Ok(())
    }
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap()
}

fn narrow(length: u64) -> usize {
    usize::try_from(length).unwrap()
}

#[derive(Debug, Clone)]
pub(crate) struct FaultDisk(Arc<Mutex<State>>);

impl FaultDisk {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            inodes: Vec::new(),
            capacity: u64::MAX,
            allocation_supported: true,
            torn: None,
            sync_fails: false,
            mode: Mode::Sound,
        })))
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap());
    }

    /// The next write that is longer stops after so many bytes.
    pub(crate) fn tear_write(&self, after: usize, torn: Torn) {
        self.change(|state| state.torn = Some((after, torn)));
    }

    /// The next sync fails.
    pub(crate) fn fail_sync(&self) {
        self.change(|state| state.sync_fails = true);
    }

    pub(crate) fn set_read_only(&self) {
        self.change(|state| state.mode = Mode::ReadOnly);
    }

    pub(crate) fn refuse_allocation(&self) {
        self.change(|state| state.allocation_supported = false);
    }

    /// Leaves so many bytes free.
    pub(crate) fn leave_free(&self, bytes: u64) {
        self.change(|state| state.capacity = state.used() + bytes);
    }

    pub(crate) fn make_room(&self) {
        self.change(|state| state.capacity = u64::MAX);
    }

    /// The disk as another process finds it after this one was killed.
    pub(crate) fn after_kill(&self) -> Self {
        let mut state = self.0.lock().unwrap().clone();
        (state.mode, state.torn, state.sync_fails) = (Mode::Sound, None, false);
        Self(Arc::new(Mutex::new(state)))
    }

    /// The disk after the machine lost power: of what was not synced, any sectors may be there.
    pub(crate) fn after_power_loss(&self, seed: u64) -> Self {
        let mut dice = Dice(seed);
        let disk = self.after_kill();
        disk.change(|state| {
            for inode in &mut state.inodes {
                let (low, high) = (inode.durable.len(), inode.current.len());
                let (low, high) = (low.min(high), low.max(high));
                let mut survived = inode.durable.clone();
                survived.resize(low + dice.below(high - low + 1), 0);
                for sector in &inode.dirty {
                    if dice.below(2) == 1 {
                        copy_sector(&inode.current, &mut survived, *sector);
                    }
                }
                inode.current.clone_from(&survived);
                inode.durable = survived;
                inode.dirty.clear();
                inode.allocated = 0;
            }
            let mut names = state.durable_names.clone();
            for (name, inode) in &state.names {
                if dice.below(2) == 1 {
                    names.insert(name.clone(), *inode);
                }
            }
            state.names.clone_from(&names);
            state.durable_names = names;
        });
        disk
    }

    /// The files as they are, by name.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let state = self.0.lock().unwrap();
        let file =
            |(name, inode): (&String, &usize)| (name.clone(), state.inodes[*inode].current.clone());
        state.names.iter().map(file).collect()
    }

    /// Changes a file behind the ledger's back.
    pub(crate) fn tamper(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        self.change(|state| {
            let inode = state.names[name];
            let inode = &mut state.inodes[inode];
            change(&mut inode.current);
            inode.durable.clone_from(&inode.current);
        });
    }

    pub(crate) fn remove(&self, name: &str) {
        self.change(|state| assert!(state.names.remove(name).is_some()));
    }

    fn handle(&self, inode: usize) -> Arc<dyn LedgerFile> {
        Arc::new(FaultFile {
            disk: self.clone(),
            inode,
        })
    }
}

fn copy_sector(from: &[u8], to: &mut [u8], sector: usize) {
    let start = sector * SECTOR_BYTES;
    let end = (start + SECTOR_BYTES).min(from.len()).min(to.len());
    if start < end {
        to[start..end].copy_from_slice(&from[start..end]);
    }
}

impl Disk for FaultDisk {
    fn names(&self) -> io::Result<Vec<String>> {
        let state = self.0.lock().unwrap();
        state.alive()?;
        Ok(state.names.keys().cloned().collect())
    }

    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn LedgerFile>> {
        let state = self.0.lock().unwrap();
        match access {
            Access::Read => state.alive()?,
            Access::Write => state.writable()?,
        }
        let inode = *state.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        drop(state);
        Ok(self.handle(inode))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn LedgerFile>> {
        let mut state = self.0.lock().unwrap();
        state.writable()?;
        let inode = match state.names.get(name) {
            Some(inode) => *inode,
            None => state.inodes.len(),
        };
        if inode == state.inodes.len() {
            state.inodes.push(Inode::default());
        }
        state.inodes[inode].current.clear();
        state.inodes[inode].allocated = 0;
        state.names.insert(name.to_owned(), inode);
        drop(state);
        Ok(self.handle(inode))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.writable()?;
        let inode = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), inode);
        Ok(())
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.writable()?;
        state.durable_names = state.names.clone();
        Ok(())
    }

    fn place(&self) -> String {
        "the faulty disk".to_owned()
    }
}

#[derive(Debug)]
struct FaultFile {
    disk: FaultDisk,
    inode: usize,
}

impl LedgerFile for FaultFile {
    fn length(&self) -> io::Result<u64> {
        let state = self.disk.0.lock().unwrap();
        state.alive()?;
        Ok(wide(state.inodes[self.inode].current.len()))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let state = self.disk.0.lock().unwrap();
        state.alive()?;
        let current = &state.inodes[self.inode].current;
        let rest = current.get(narrow(offset)..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.disk.0.lock().unwrap();
        state.writable()?;
        let torn = state.torn.take_if(|(after, _)| *after < bytes.len());
        let written = torn.map_or(bytes.len(), |(after, _)| after);
        let end = narrow(offset) + written;
        let has = {
            let inode = &state.inodes[self.inode];
            inode.allocated.max(wide(inode.current.len()))
        };
        let grows = wide(end).saturating_sub(has);
        if state.used() + grows > state.capacity {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let inode = &mut state.inodes[self.inode];
        if inode.current.len() < end {
            inode.current.resize(end, 0);
        }
        let start = narrow(offset);
        inode.current[start..end].copy_from_slice(&bytes[..written]);
        inode
            .dirty
            .extend(start / SECTOR_BYTES..end.div_ceil(SECTOR_BYTES));
        match torn {
            Some((_, Torn::Error)) => Err(io::Error::other("the disk failed")),
            Some((_, Torn::Death)) => {
                state.mode = Mode::Dead;
                Err(io::ErrorKind::BrokenPipe.into())
            }
            Some((_, Torn::Short)) | None => Ok(written),
        }
    }

    fn cut(&self, length: u64) -> io::Result<()> {
        let mut state = self.disk.0.lock().unwrap();
        state.writable()?;
        let inode = &mut state.inodes[self.inode];
        inode.current.truncate(narrow(length));
        inode.allocated = 0;
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.0.lock().unwrap();
        state.writable()?;
        let failed = std::mem::take(&mut state.sync_fails);
        let inode = &mut state.inodes[self.inode];
        let dirty = std::mem::take(&mut inode.dirty);
        if failed {
            return Err(io::Error::other("the disk failed"));
        }
        inode.durable.resize(inode.current.len(), 0);
        for sector in dirty {
            copy_sector(&inode.current, &mut inode.durable, sector);
        }
        Ok(())
    }

    fn allocate(&self, offset: u64, length: u64) -> io::Result<()> {
        let mut state = self.disk.0.lock().unwrap();
        state.writable()?;
        if !state.allocation_supported {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let has = {
            let inode = &state.inodes[self.inode];
            inode.allocated.max(wide(inode.current.len()))
        };
        let grows = (offset + length).saturating_sub(has);
        if state.used() + grows > state.capacity {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let inode = &mut state.inodes[self.inode];
        inode.allocated = inode.allocated.max(offset + length);
        Ok(())
    }
}
