//! The hand that holds the key: takes orders on standard input, carries reports between port and key.

use std::{
    collections::VecDeque,
    io::{self, Write as _},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use octroi_hardware_key::{Report, emulator::Fault, protocol::REPORT_DESCRIPTOR};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    stdio,
    time::{ClockId, clock_gettime},
};
use serde_json::json;

use crate::{
    Arguments, Kind, Transport,
    fault::Misbehaviour,
    gadget::Gadget,
    key::{Dongle, Key, SecurityKey},
    port::{Identity, Port},
    uhid::Uhid,
};

/// A security key's report descriptor (CTAP 2.1, section 11.2.8.2).
const FIDO_DESCRIPTOR: [u8; 34] = [
    0x06, 0xd0, 0xf1, 0x09, 0x01, 0xa1, 0x01, 0x09, 0x20, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08,
    0x95, 0x40, 0x81, 0x02, 0x09, 0x21, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x91,
    0x02, 0xc0,
];
static DONGLE_DESCRIPTOR: [u8; 34] = REPORT_DESCRIPTOR;
/// Reports that wait for the host at most; a host that fetches nothing loses the later ones.
const QUEUE_MAX: usize = 256;
/// Bytes of an order at most.
const LINE_BYTES_MAX: usize = 200;

/// The key and its holder.
pub(crate) struct Hand {
    arguments: Arguments,
    identity: Identity,
    plugged: Option<Plugged>,
    misbehaviour: Misbehaviour,
}

/// The key in its port. The port goes first, as where a key is pulled out.
struct Plugged {
    port: Box<dyn Port>,
    key: Box<dyn Key>,
    /// What the host has not fetched yet, and from when on it may.
    queue: VecDeque<(Instant, Report)>,
}

/// What follows an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    GoOn,
    Quit,
}

impl Hand {
    pub(crate) fn new(arguments: Arguments) -> Self {
        let (product, vendor_id, product_id, descriptor): (_, _, _, &'static [u8]) =
            match arguments.kind {
                Kind::Dongle => ("Octroi Key (simulated)", 0x1209, 0x0001, &DONGLE_DESCRIPTOR),
                Kind::Fido2 => ("Nitrokey 3 (simulated)", 0x20a0, 0x42b2, &FIDO_DESCRIPTOR),
            };
        Self {
            identity: Identity {
                product,
                serial: format!("VIRTUAL-{}", arguments.slot),
                vendor_id,
                product_id,
                descriptor,
            },
            arguments,
            plugged: None,
            misbehaviour: Misbehaviour::default(),
        }
    }

    /// Until it is told to quit.
    pub(crate) fn obey(mut self) -> anyhow::Result<()> {
        let mut line = Vec::new();
        loop {
            let ready = self.wait()?;
            if let Some(mut plugged) = self.plugged.take() {
                match plugged.serve(ready, &mut self.misbehaviour) {
                    Ok(()) => self.plugged = Some(plugged),
                    Err(error) => eprintln!("the key fell out of its port: {error}"),
                }
            }
            if !ready.orders {
                continue;
            }
            let mut bytes = [0; LINE_BYTES_MAX];
            let length = match rustix::io::read(stdio::stdin(), &mut bytes) {
                Ok(0) => return Ok(()),
                Ok(length) => length,
                Err(Errno::INTR) => continue,
                Err(error) => return Err(error).context("standard input"),
            };
            for byte in bytes.iter().take(length) {
                if *byte != b'\n' {
                    line.push(*byte);
                    if line.len() > LINE_BYTES_MAX {
                        bail!("an order has more than {LINE_BYTES_MAX} bytes");
                    }
                    continue;
                }
                let order = String::from_utf8_lossy(&line).trim().to_owned();
                line.clear();
                if self.carry_out(&order)? == Then::Quit {
                    return Ok(());
                }
            }
        }
    }

    /// Carries out an order and says so.
    fn carry_out(&mut self, order: &str) -> anyhow::Result<Then> {
        let (word, rest) = order.split_once(' ').unwrap_or((order, ""));
        let mut at_ns = monotonic_ns();
        let done = match word {
            "plug" => self.plug(&mut at_ns),
            "unplug" => match self.plugged.take() {
                Some(plugged) => {
                    drop(plugged);
                    Ok(())
                }
                None => Err(anyhow::anyhow!("the key is not plugged in")),
            },
            "fault" if rest == "none" => {
                self.misbehaviour.set(None);
                Ok(())
            }
            "fault" => rest
                .parse::<Fault>()
                .map(|fault| self.misbehaviour.set(Some(fault)))
                .map_err(Into::into),
            "quit" => {
                self.plugged = None;
                Ok(())
            }
            _ => Err(anyhow::anyhow!("`{order}` is no order")),
        };
        let said = match &done {
            Ok(()) => json!({ "did": word, "at_ns": at_ns }),
            Err(error) => json!({ "error": format!("{error:#}") }),
        };
        let mut out = io::stdout().lock();
        writeln!(out, "{said}")?;
        out.flush()?;
        Ok(if word == "quit" {
            Then::Quit
        } else {
            Then::GoOn
        })
    }

    fn plug(&mut self, at_ns: &mut u64) -> anyhow::Result<()> {
        if self.plugged.is_some() {
            bail!("the key is plugged in already");
        }
        let key: Box<dyn Key> = match self.arguments.kind {
            Kind::Dongle => Box::new(Dongle::start(&self.arguments.state)?),
            Kind::Fido2 => Box::new(SecurityKey::start(&self.arguments.state)?),
        };
        let slot = self.arguments.slot;
        let port: Box<dyn Port> = match self.arguments.transport {
            Transport::Uhid => {
                *at_ns = monotonic_ns();
                Box::new(Uhid::create(&self.identity, slot).context("/dev/uhid")?)
            }
            Transport::Gadget => {
                let gadget = Gadget::prepare(&self.identity)?;
                *at_ns = monotonic_ns();
                Box::new(gadget.plug(slot)?)
            }
        };
        self.plugged = Some(Plugged {
            port,
            key,
            queue: VecDeque::new(),
        });
        Ok(())
    }

    /// Waits until there is something to do.
    fn wait(&self) -> anyhow::Result<Ready> {
        let stdin = stdio::stdin();
        let mut fds = vec![PollFd::new(&stdin, PollFlags::IN)];
        let now = Instant::now();
        let mut until = None;
        if let Some(plugged) = &self.plugged {
            let mut events = PollFlags::IN;
            match plugged.queue.front() {
                Some((due, _)) if *due <= now => events |= PollFlags::OUT,
                Some((due, _)) => until = Some(*due),
                None => {}
            }
            fds.push(PollFd::from_borrowed_fd(plugged.port.fd(), events));
            fds.extend(
                plugged
                    .key
                    .wake()
                    .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)),
            );
            until = until.into_iter().chain(plugged.key.next()).min();
        }
        let timeout = until.map(|until| {
            let left = until.saturating_duration_since(now) + Duration::from_millis(1);
            Timespec::try_from(left).unwrap_or_default()
        });
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error).context("waiting"),
        }
        let is = |index: usize, flags: PollFlags| {
            fds.get(index)
                .is_some_and(|fd: &PollFd<'_>| fd.revents().intersects(flags))
        };
        Ok(Ready {
            orders: is(0, PollFlags::IN | PollFlags::HUP | PollFlags::ERR),
            port: is(1, PollFlags::IN | PollFlags::ERR | PollFlags::HUP),
        })
    }
}

/// What there is to do.
#[derive(Debug, Clone, Copy)]
struct Ready {
    orders: bool,
    port: bool,
}

impl Plugged {
    fn serve(&mut self, ready: Ready, misbehaviour: &mut Misbehaviour) -> io::Result<()> {
        if ready.port
            && let Some(report) = self.port.read()?
        {
            let said = misbehaviour.take(self.key.as_mut(), &report, Instant::now());
            self.enqueue(said.reports, said.delay);
        }
        let due = self.key.due(Instant::now());
        let said = misbehaviour.distort(self.key.as_ref(), due);
        self.enqueue(said.reports, said.delay);
        while let Some((due, report)) = self.queue.front() {
            if *due > Instant::now() || !self.port.write(report)? {
                break;
            }
            self.queue.pop_front();
        }
        Ok(())
    }

    /// In their order, whatever each one's delay.
    fn enqueue(&mut self, reports: Vec<Report>, delay: Duration) {
        let due = Instant::now() + delay;
        let room = QUEUE_MAX.saturating_sub(self.queue.len());
        self.queue
            .extend(reports.into_iter().take(room).map(|report| (due, report)));
    }
}

fn monotonic_ns() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    seconds * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or_default()
}
