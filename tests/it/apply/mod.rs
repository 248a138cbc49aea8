//! Applications, resource servers and users as documents, and the command line.
mod applications;
mod command_line;
mod documents;
mod management;
mod resource_servers;
