"""Several tensors to one."""
