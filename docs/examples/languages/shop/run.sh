#!/bin/sh
exec python3 shop.py
