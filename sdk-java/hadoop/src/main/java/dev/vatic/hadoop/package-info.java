/** A compression codec for Hadoop, and what is built on it, which splits files at the starts of groups. */
package dev.vatic.hadoop;
