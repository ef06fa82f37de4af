#![allow(missing_docs)]
#![cfg_attr(fuzzing, no_main)]

scansion_fuzz::target!(baseline);
