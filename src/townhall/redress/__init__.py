"""Requests to correct or take down what is public (更正、撤下申请), by anybody named or harmed."""
