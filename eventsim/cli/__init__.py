"""The commands of the shell: one file for each verb."""
