//! Where operators are answered, or that they are not.
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

/// An address, or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub enum ManagementAddress {
    Off,
    At(SocketAddr),
}

impl ManagementAddress {
    /// The address, when there is one.
    pub fn address(self) -> Option<SocketAddr> {
        match self {
            Self::Off => None,
            Self::At(address) => Some(address),
        }
    }
}

/// Neither an address with a port nor `off`.
#[derive(Debug, thiserror::Error)]
#[error("no address with a port and not \"off\"")]
pub struct NoManagementAddress;

impl FromStr for ManagementAddress {
    type Err = NoManagementAddress;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "" | "off" => Ok(Self::Off),
            address => address.parse().map(Self::At).map_err(|_| NoManagementAddress),
        }
    }
}

impl TryFrom<String> for ManagementAddress {
    type Error = NoManagementAddress;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for ManagementAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::At(address) => address.fmt(f),
        }
    }
}

impl From<ManagementAddress> for String {
    fn from(address: ManagementAddress) -> Self {
        address.to_string()
    }
}
