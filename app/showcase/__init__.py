"""The etalase: makers, their products, and the stock that waits at a Balkondes to be picked up."""
