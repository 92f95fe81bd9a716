"""What is done with watched limits: arming and ending them, raising what is due, telling people."""
