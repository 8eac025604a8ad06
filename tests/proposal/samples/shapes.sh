#!/bin/sh
. ./other.sh

pick() {
	cat <<-TEXT
	here 11
	TEXT
	echo "one 12" 'two 13'
}

function later { pick; echo 14; }
