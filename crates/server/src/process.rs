//! What Linux says of this process in `/proc`; elsewhere nothing is said.
use grantor_web::operate::Process;
use std::fs;

/// Clock ticks in a second in what `/proc` tells: 100 on every machine Linux gives to programs (proc(5), `USER_HZ`).
const TICKS: f64 = 100.0;

/// Now; `None` where it cannot be read.
pub(crate) fn facts() -> Option<Process> {
    let read = |path: &str| fs::read_to_string(path).ok();
    let open_files = fs::read_dir("/proc/self/fd").ok()?.count();
    parse(
        &read("/proc/self/stat")?,
        &read("/proc/self/status")?,
        &read("/proc/stat")?,
        // Not the one that was opened to count them.
        u64::try_from(open_files).ok()?.saturating_sub(1),
    )
}

fn parse(stat: &str, status: &str, system: &str, open_files: u64) -> Option<Process> {
    // The name of the program stands in parentheses and may hold anything, these included.
    let (_, fields) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    // Counted from the state of the process, which is field 3 of proc_pid_stat(5).
    let field = |number: usize| fields.get(number - 3)?.parse::<f64>().ok();
    let resident_kib = number_after(status, "VmRSS:")?;
    Some(Process {
        cpu_seconds: (field(14)? + field(15)?) / TICKS,
        resident_bytes: resident_kib.checked_mul(1024)?,
        open_files,
        start_seconds: f64::from(u32::try_from(number_after(system, "btime ")?).ok()?) + field(22)? / TICKS,
    })
}

fn number_after(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_says_is_read() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 9 0 12345 1 2 3\n";
        let status = "Name:\ta\nVmRSS:\t    2048 kB\n";
        let read = parse(stat, status, "cpu 1 2\nbtime 1800000000\n", 9);
        let expected = Process {
            cpu_seconds: 3.0,
            resident_bytes: 2 << 20,
            open_files: 9,
            start_seconds: 1_800_000_123.45,
        };
        assert_eq!(read, Some(expected));
        assert_eq!(parse(stat, "", "btime 1\n", 9), None);
        assert_eq!(parse("7 (a) S", status, "btime 1\n", 9), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn of_this_process_something_is_said() {
        let said = facts().unwrap();
        assert!(
            said.resident_bytes > 0 && said.open_files > 0 && said.start_seconds > 1.7e9,
            "{said:?}"
        );
    }
}
