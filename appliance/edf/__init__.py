"""European Data Format: header, annotations, reader and writer (https://www.edfplus.info)."""
