//! Orders as a vendor would write them: TOML, with what a test cares about and sound terms for the
//! rest.

use jiff::Timestamp;

use crate::{ActivationServer, Emulator};

/// The product of every test's licence.
pub const PRODUCT: &str = "solver-suite";
/// The feature that most tests check out.
pub const FEATURE: &str = "solver";
/// The time zone of every test's order.
pub const TIME_ZONE: &str = "Europe/Paris";

/// A feature in an order.
#[derive(Debug, Clone)]
struct Feature {
    name: String,
    count: u32,
    metric: &'static str,
    grouping: &'static str,
    more: String,
}

/// What an order says of the terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Terms {
    Accepted,
    Stated,
    Absent,
}

/// An order in the making.
#[derive(Debug, Clone)]
pub struct Order {
    id: String,
    serial: u64,
    ends: String,
    features: Vec<Feature>,
    terms: Terms,
    binding: String,
    sites: Vec<String>,
    server: String,
    reporting: String,
    sessions: String,
    renewal: String,
    vendor: String,
    more: Vec<String>,
}

impl Order {
    /// Two or more seats of [`FEATURE`], each check-out one seat, with nothing else agreed.
    pub fn of(seats: u32) -> Self {
        Self::empty().feature(FEATURE, seats, "checkout")
    }

    /// An order without a feature, which still needs one.
    pub fn empty() -> Self {
        Self {
            id: "licence-0001".to_owned(),
            serial: 1,
            ends: "ends = 2099-12-31".to_owned(),
            features: Vec::new(),
            terms: Terms::Accepted,
            binding: String::new(),
            sites: Vec::new(),
            server: String::new(),
            reporting: String::new(),
            sessions: String::new(),
            renewal: String::new(),
            vendor: String::new(),
            more: Vec::new(),
        }
    }

    /// Adds a feature with concurrent seats.
    #[must_use]
    pub fn feature(mut self, name: &str, count: u32, grouping: &'static str) -> Self {
        let (name, metric, more) = (name.to_owned(), "concurrent", String::new());
        self.features.push(Feature {
            name,
            count,
            metric,
            grouping,
            more,
        });
        self
    }

    /// Adds a feature that counts hosts.
    #[must_use]
    pub fn hosts(mut self, name: &str, count: u32) -> Self {
        let (name, metric, more) = (name.to_owned(), "host", String::new());
        self.features.push(Feature {
            name,
            count,
            metric,
            grouping: "",
            more,
        });
        self
    }

    /// Adds a feature whose seats are assigned to named users.
    #[must_use]
    pub fn named_users(mut self, name: &str, count: u32) -> Self {
        let (name, metric, more) = (name.to_owned(), "named-user", String::new());
        self.features.push(Feature {
            name,
            count,
            metric,
            grouping: "",
            more,
        });
        self
    }

    /// Adds a feature whose amounts are consumed, with its windows in TOML.
    #[must_use]
    pub fn metered(mut self, name: &str, windows: &str) -> Self {
        let name = name.to_owned();
        let more = format!("meter = {{ windows = [{windows}], counted = \"messages\" }}\n");
        self.features.push(Feature {
            name,
            count: 1,
            metric: "metered",
            grouping: "",
            more,
        });
        self
    }

    /// Adds a section of TOML, such as `[[entities]]`.
    #[must_use]
    pub fn section(mut self, toml: &str) -> Self {
        self.more.push(toml.to_owned());
        self
    }

    /// Adds a line of TOML to the feature added last, such as `linger = "2s"`.
    #[must_use]
    pub fn with(mut self, line: &str) -> Self {
        if let Some(feature) = self.features.last_mut() {
            feature.more.push_str(line);
            feature.more.push('\n');
        }
        self
    }

    /// Another identity.
    #[must_use]
    pub fn licence(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Another serial than the first.
    #[must_use]
    pub fn serial(mut self, serial: u64) -> Self {
        self.serial = serial;
        self
    }

    /// The licence ends at this instant, in seconds since the epoch.
    #[must_use]
    pub fn ends_at(mut self, seconds: i64) -> Self {
        self.ends = format!(
            "ends = {}",
            Timestamp::from_second(seconds).unwrap_or_default()
        );
        self
    }

    /// The client has not accepted the terms.
    #[must_use]
    pub fn not_accepted(mut self) -> Self {
        self.terms = Terms::Absent;
        self
    }

    /// The order states the terms, which the client has not accepted when the licence is issued.
    #[must_use]
    pub fn accepted_later(mut self) -> Self {
        self.terms = Terms::Stated;
        self
    }

    /// Needs an emulated hardware key, with an absence budget in seconds.
    #[must_use]
    pub fn hardware_key(self, key: &Emulator, budget_s: u32, window_s: u32) -> Self {
        self.bound_to("any", &[&key.stated()], true, budget_s, window_s)
    }

    /// Needs any or all of these hardware keys, as an order states them, proven each second, with an
    /// absence budget in seconds.
    #[must_use]
    pub fn bound_to(
        mut self,
        rule: &str,
        keys: &[&str],
        emulator_accepted: bool,
        budget_s: u32,
        window_s: u32,
    ) -> Self {
        let keys: Vec<String> = keys
            .iter()
            .map(|key| format!("{{ {key}, emulator_accepted = {emulator_accepted} }}"))
            .collect();
        let keys = keys.join(", ");
        self.binding = format!(
            "[binding]\nkey_rule = \"{rule}\"\nproof_interval = \"1s\"\n\
             absence = {{ budget = \"{budget_s}s\", window = \"{window_s}s\" }}\n\
             hardware_keys = [{keys}]\n"
        );
        self
    }

    /// The key was lost; another stands in its place.
    #[must_use]
    pub fn revoking(mut self, lost: &Emulator) -> Self {
        let entry = format!("{{ {}, revoked = true }}]", lost.stated());
        self.binding = self.binding.replace("}]", &format!("}}, {entry}"));
        self
    }

    /// Proven so often instead of each second.
    #[must_use]
    pub fn proven_each(mut self, seconds: u32) -> Self {
        let interval = format!("proof_interval = \"{seconds}s\"");
        self.binding = self.binding.replace("proof_interval = \"1s\"", &interval);
        self
    }

    /// Runs on the activated host only, of which so many components must be found again.
    #[must_use]
    pub fn bound_to_host(mut self, components_required: u32) -> Self {
        self.binding = format!("[binding]\nhost_components_required = {components_required}\n");
        self
    }

    /// Allows a site, with at most so many hosts.
    #[must_use]
    pub fn site(mut self, id: &str, hosts_max: u32) -> Self {
        self.sites
            .push(format!("[[sites]]\nid = \"{id}\"\nhosts_max = {hosts_max}"));
        self
    }

    /// Adds a line of TOML to the section on sessions, such as `minimum_hold = "2s"`.
    #[must_use]
    pub fn sessions(mut self, line: &str) -> Self {
        self.sessions.push_str(line);
        self.sessions.push('\n');
        self
    }

    /// Names the vendor's activation server, known by its key alone.
    #[must_use]
    pub fn server(self, server: &ActivationServer) -> Self {
        self.server_at(server.address(), server.key_pin())
    }

    /// Names a server by its address and the pin of its key.
    #[must_use]
    pub fn server_at(mut self, address: &str, pin: &str) -> Self {
        self.server = format!("[server]\naddress = \"{address}\"\nkey_pins = [\"{pin}\"]\n");
        self
    }

    /// Renews itself from year to year, unless the client gives a month's notice in this form.
    #[must_use]
    pub fn renewing(mut self, form: &str) -> Self {
        "length = \"1 year\"".clone_into(&mut self.ends);
        self.renewal = format!(
            "[renewal]\nmode = \"tacit\"\nperiod = \"1 year\"\n\
             client = {{ notice = \"1 month\", form = \"{form}\" }}\n\
             vendor = {{ notice = \"1 month\", form = \"writing\" }}\n"
        );
        self
    }

    /// Asks for anonymous reports with this TOML, such as `interval_days = 30` and `stop_days = 14`
    /// on lines of their own.
    #[must_use]
    pub fn reporting(mut self, lines: &str) -> Self {
        self.reporting = format!("[reporting]\n{lines}\n");
        self
    }

    /// Signed by this vendor's keys.
    pub(crate) fn vendor(mut self, vendor: &str) -> Self {
        vendor.clone_into(&mut self.vendor);
        self
    }

    /// The licence's identity.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The order as a file.
    pub fn to_toml(&self) -> String {
        let Self {
            id,
            serial,
            vendor,
            ends,
            ..
        } = self;
        let mut sections = vec![format!(
            "[licence]\nid = \"{id}\"\nserial = {serial}\nvendor = \"{vendor}\"\n\
             product = \"{PRODUCT}\"\norder_number = \"SO-1\"\ntime_zone = \"{TIME_ZONE}\"\n\n\
             [client]\nid = \"C-1\"\nname = \"Example Industries SA\"\n"
        )];
        let digest = "ab".repeat(32);
        let accepted = match self.terms {
            Terms::Accepted => "accepted = 2026-01-15\nreference = \"R-1\"\n",
            Terms::Stated | Terms::Absent => "",
        };
        if self.terms != Terms::Absent {
            sections.push(format!("[terms]\ndigest = \"{digest}\"\n{accepted}"));
        }
        sections.push(format!("[term]\nstarts = 2026-01-01\n{ends}\n"));
        sections.extend(self.sites.iter().cloned());
        sections.extend(self.features.iter().map(Feature::to_toml));
        sections.extend(self.more.iter().cloned());
        sections.push(self.binding.clone());
        sections.push(self.server.clone());
        sections.push(self.reporting.clone());
        sections.push(self.renewal.clone());
        if !self.sessions.is_empty() {
            sections.push(format!("[sessions]\n{}", self.sessions));
        }
        sections.join("\n")
    }
}

impl Feature {
    fn to_toml(&self) -> String {
        let Self {
            name,
            count,
            metric,
            grouping,
            more,
        } = self;
        let grouping = match *grouping {
            "" => String::new(),
            grouping => format!("grouping = \"{grouping}\"\n"),
        };
        format!(
            "[[features]]\nname = \"{name}\"\nmetric = \"{metric}\"\ncount = {count}\n{grouping}{more}"
        )
    }
}
