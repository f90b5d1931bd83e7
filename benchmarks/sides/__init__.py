"""The sides of a comparison. Each does the same few things with a `Case`, in a process of its own.

fresh()             a new model, not yet compiled
fit(x, y)           one epoch over arrays, shuffled, batches of the case's size; returns the mean loss
predict(x)          the outputs for an array, as an array
forward(x)          the outputs for one batch on the device, waited for; `x` has been through `place`
place(x)            an array on the device
"""
